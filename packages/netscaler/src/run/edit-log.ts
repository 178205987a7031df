import { describeEntity, uses, WeirError, type CollectionName, type Config, type Issue } from '@weirlb/model'
import { fault, type Place } from '../fault.ts'
import type { Call, Given, Target } from '../grammar/command.ts'
import { labelOf, titleOf } from '../grammar/read-call.ts'
import { didYouMean } from '../words/nearest.ts'

/** Which command has written which entity, to find the line of a fault that shows later. */
export class EditLog {
  /** The configuration with every change, once all commands have made theirs. */
  config: Config | undefined
  readonly #entries: { readonly call: Call, readonly target: Target }[] = []

  add (call: Call, target: Target | undefined): void {
    if (target !== undefined) this.#entries.push({ call, target })
  }

  /** Returns the last command that wrote an entity, one that has set the field if there is one. */
  find (collection: CollectionName, name: string, field: string): Call | undefined {
    const writers = this.#entries.filter(({ target }) => target.collection === collection && target.name === name).map(({ call }) => call)
    return writers.findLast(call => wordOf(call, field) !== undefined) ?? writers.at(-1)
  }

  /** Returns an error of the whole configuration with the lines of the commands. */
  place (error: WeirError): WeirError {
    if (error.issues.some(({ path }) => path === 'commands')) return error
    const issues = error.issues.map(issue => this.#placed(issue) ?? issue)
    const first = issues[0]
    return first?.line === undefined || first.path !== 'commands' ? error : new WeirError(error.code, `line ${first.line}: ${first.message}`, { cause: error, retry: error.retry, issues })
  }

  #placed (issue: Issue): Issue | undefined {
    const match = /^(\w+)\[(\d+)\]\.?(.*)$/.exec(issue.path)
    if (match === null) return undefined
    const collection = match[1] as CollectionName
    const entity = this.config?.[collection]?.[Number(match[2])]
    const call = entity === undefined ? undefined : this.find(collection, entity.name, match[3]!)
    if (call === undefined) return undefined
    return { ...placeIn(call, match[3]!), path: 'commands', message: `${titleOf(call.command)}: ${labelled(call, match[3]!, issue.message)}${codePlace(issue)}` }
  }
}

/** Throws reference-unknown for a name that no entity has, with the nearest ones, and in-use for one that a command has removed. */
export const checkReferences = (config: Config, log: EditLog): void => {
  const names = new Map<CollectionName, ReadonlySet<string>>()
  for (const { collection, name, path, target, targetName } of uses(config)) {
    let there = names.get(target)
    if (there === undefined) names.set(target, there = new Set(config[target].map(entity => entity.name)))
    if (there.has(targetName)) continue
    const field = path.slice(path.indexOf('].') + 2)
    const call = log.find(collection, name, field)
    const remover = log.find(target, targetName, 'name')
    if (remover !== undefined) {
      const word = wordOf(remover, 'name') ?? remover.statement.words[0]!
      throw fault({ line: remover.statement.line, column: word.column }, `${titleOf(remover.command)}: ${describeEntity(target, targetName)} is in use by ${describeEntity(collection, name)}`, { code: 'in-use' })
    }
    // What no command of these has written is for Weir itself to refuse.
    const word = call === undefined ? undefined : wordOf(call, field) ?? call.statement.words.find(({ text }) => text === targetName)
    if (call === undefined || word === undefined) return
    const choices = [...there]
    throw fault({ line: call.statement.line, column: word.column }, `${titleOf(call.command)}: no ${describeEntity(target, targetName)}${didYouMean(targetName, choices)}; there are: ${choices.slice(0, 50).join(', ') || '(none)'}`, { code: 'reference-unknown' })
  }
}

/** The value of a command that a message names first. */
const named = ({ given }: Call, message: string): Given | undefined => {
  const places = [...given.values()].map(one => ({ one, at: message.indexOf(`'${String(one.value)}'`) })).filter(({ at }) => at >= 0)
  return places.sort((a, b) => a.at - b.at)[0]?.one
}

/** Returns the error of one command with its line, and the column of the word whose field it is about. */
export const placedError = (error: WeirError, call: Call): WeirError => {
  const missing = error.code === 'not-found' && error.issues.length === 0 ? named(call, error.message) : undefined
  if (missing !== undefined) {
    const [what, choices = ''] = error.message.split('; there are: ')
    const near = didYouMean(String(missing.value), choices.split(', '))
    return fault({ line: call.statement.line, column: missing.word.column }, `${titleOf(call.command)}: ${what}${near}${choices === '' ? '' : `; there are: ${choices}`}`, { code: error.code, cause: error })
  }
  const issues = error.issues.length === 0 ? [{ path: '', message: error.message }] : error.issues
  const placed = issues.map((issue): Issue => ({ ...placeIn(call, issue.path), path: 'commands', message: `${titleOf(call.command)}: ${error.code === 'config-invalid' ? labelled(call, issue.path, issue.message) : error.issues.length === 0 ? issue.message : error.message}${codePlace(issue)}` }))
  return new WeirError(error.code, `line ${call.statement.line}: ${placed[0]!.message}`, { cause: error, retry: error.retry, issues: placed })
}

const placeIn = (call: Call, field: string): Place => {
  const { line, words } = call.statement
  return { line, column: (wordOf(call, field) ?? words[0]!).column }
}

/** The word that has set a field, or a part of it. */
const wordOf = (call: Call, field: string): Call['statement']['words'][number] | undefined => {
  const plain = field.replaceAll(/\[\d+\]/g, '')
  for (const { parameter, word } of call.given.values()) {
    const own = parameter.field?.join('.')
    if (own !== undefined && (own === plain || plain.startsWith(`${own}.`))) return word
  }
  return undefined
}

/** `-maxClient: must be at least 0; got -5`: the field as the command names it. */
const labelled = (call: Call, field: string, message: string): string => {
  const plain = field.replaceAll(/\[\d+\]/g, '')
  const given = [...call.given.values()].find(({ parameter }) => parameter.field?.join('.') === plain)
  if (given !== undefined) return `${labelOf(call.command, given.parameter)}: ${message}`
  const known = [...call.command.parameters.arguments, ...call.command.parameters.options].find(parameter => parameter.field?.join('.') === plain)
  return field === '' ? message : `${known === undefined ? field : labelOf(call.command, known)}: ${message}`
}

/** A fault in code has a place of its own, in another file than the commands. */
const codePlace = ({ file, line, column }: Issue): string => line === undefined ? '' : ` (${file ?? 'the code'}:${line}${column === undefined ? '' : `:${column}`})`
