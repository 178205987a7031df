import { baseFields, functions, limits, typeTexts } from '@weirlb/rules'
import { page, table } from './markdown.ts'

/** docs/reference/rules.md */
export const rulesPage = (): string => page('Fields and functions of rules', [
  'The guide to rules has the language.',
  `An expression has at most ${limits.length} characters, ${limits.regexes} regular expressions, and ${limits.depth} parentheses within each other. \`matches\` and \`wildcard\` look at the first ${limits.subject} characters of a value.`,
  '## Fields of all user vservers',
  'Extensions publish further ones: `GET /v1/extensions/NAME` lists them in `status.declaration.fields`.',
  table(['Field', 'Type', 'First phase', 'Value'], Object.entries(baseFields).map(([name, { type, phase, doc }]) => [`\`${name}\``, typeTexts[type], `\`${phase}\``, doc])),
  '## Functions',
  table(['Function', 'Result', 'Value'], [
    ...[...functions.values()].map(({ name, result, parameters, repeats, doc }) =>
      [`\`${name}(${parameters.map(({ types }) => types.map(type => type === 'strings' ? 'list' : type).join(' or ')).join(', ')}${repeats === true ? ', …' : ''})\``, typeTexts[result], doc]),
    ['`any(comparison)`', typeTexts.bool, 'True if one item of a list passes the comparison: `any(x[*] eq "v")`.'],
    ['`all(comparison)`', typeTexts.bool, 'True if all items of a list pass the comparison.']
  ])
])
