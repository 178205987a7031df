import { managedGroupNames, managedGroups, type ManagedRule } from '@weirlb/model'
import { page, table } from './markdown.ts'

const shippedText = ({ shipped, fixed }: ManagedRule): string => fixed === true ? 'always' : `\`${shipped}\``

/** docs/reference/managed-checks.md */
export const managedChecksPage = (): string => page('Managed checks', [
  'The guide to managed checks has their use. A check that is shipped as `always` has no modes.',
  ...managedGroupNames.flatMap(group => [
    `## \`${group}\``,
    managedGroups[group].text,
    table(['Check', 'Finds', 'Source', 'Shipped'], managedGroups[group].rules.map((rule: ManagedRule) => [rule.id, rule.text, rule.source, shippedText(rule)]))
  ])
])
