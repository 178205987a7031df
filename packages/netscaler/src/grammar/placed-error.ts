import { WeirError, type Issue } from '@weirlb/model'
import { fault, type Place } from '../fault.ts'
import { didYouMean } from '../words/nearest.ts'
import type { Call, Given } from './command.ts'
import { labelOf, titleOf } from './read-call.ts'

/** The value of a command that a message names first. */
const named = ({ given }: Call, message: string): Given | undefined => {
  const places = [...given.values()].map(one => ({ one, at: message.indexOf(`'${String(one.value)}'`) })).filter((
    { at }
  ) => at >= 0)
  return places.sort((a, b) => a.at - b.at)[0]?.one
}

/** Returns the error of one command with its line, and the column of the word whose field it is about. */
export const placedError = (error: WeirError, call: Call): WeirError => {
  const missing = error.code === 'not-found' && error.issues.length === 0 ? named(call, error.message) : undefined
  if (missing !== undefined) {
    const [what, choices = ''] = error.message.split('; there are: ')
    const near = didYouMean(String(missing.value), choices.split(', '))
    return fault(
      { line: call.statement.line, column: missing.word.column },
      `${titleOf(call.command)}: ${what}${near}${choices === '' ? '' : `; there are: ${choices}`}`,
      { code: error.code, cause: error }
    )
  }
  const issues = error.issues.length === 0 ? [{ path: '', message: error.message }] : error.issues
  const placed = issues.map((issue): Issue => ({
    ...placeIn(call, issue.path),
    path: 'commands',
    message: `${titleOf(call.command)}: ${
      error.code === 'config-invalid'
        ? labelled(call, issue.path, issue.message)
        : error.issues.length === 0
        ? issue.message
        : error.message
    }${codePlace(issue)}`
  }))
  return new WeirError(error.code, `line ${call.statement.line}: ${placed[0]!.message}`, {
    cause: error,
    retry: error.retry,
    issues: placed
  })
}

/** The place of the word that has set a field; of the command without one. */
export const placeIn = (call: Call, field: string): Place => {
  const { line, words } = call.statement
  return { line, column: (wordOf(call, field) ?? words[0]!).column }
}

/** The word that has set a field, or a part of it. */
export const wordOf = (call: Call, field: string): Call['statement']['words'][number] | undefined => {
  const plain = field.replaceAll(/\[\d+\]/g, '')
  for (const { parameter, word } of call.given.values()) {
    const own = parameter.field?.join('.')
    if (own !== undefined && (own === plain || plain.startsWith(`${own}.`))) return word
  }
  return undefined
}

/** `-maxClient: must be at least 0; got -5`: the field as the command names it. */
export const labelled = (call: Call, field: string, message: string): string => {
  const plain = field.replaceAll(/\[\d+\]/g, '')
  const given = [...call.given.values()].find(({ parameter }) => parameter.field?.join('.') === plain)
  if (given !== undefined) return `${labelOf(call.command, given.parameter)}: ${message}`
  const known = [...call.command.parameters.arguments, ...call.command.parameters.options].find(parameter =>
    parameter.field?.join('.') === plain
  )
  return field === '' ? message : `${known === undefined ? field : labelOf(call.command, known)}: ${message}`
}

/** A fault in code has a place of its own, in another file than the commands. */
export const codePlace = ({ file, line, column }: Issue): string =>
  line === undefined ? '' : ` (${file ?? 'the code'}:${line}${column === undefined ? '' : `:${column}`})`
