import { describeEntity, uses, WeirError, type CollectionName, type Config, type Issue } from '@weirlb/model'
import { fault } from '../fault.ts'
import type { Call, Target } from '../grammar/command.ts'
import { codePlace, labelled, placeIn, wordOf } from '../grammar/placed-error.ts'
import { titleOf } from '../grammar/read-call.ts'
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
    const writers = this.#entries.filter(({ target }) => target.collection === collection && target.name === name).map((
      { call }
    ) => call)
    return writers.findLast(call => wordOf(call, field) !== undefined) ?? writers.at(-1)
  }

  /** Returns an error of the whole configuration with the lines of the commands. */
  place (error: WeirError): WeirError {
    if (error.issues.some(({ path }) => path === 'commands')) return error
    const issues = error.issues.map(issue => this.#placed(issue) ?? issue)
    const first = issues[0]
    return first?.line === undefined || first.path !== 'commands'
      ? error
      : new WeirError(error.code, `line ${first.line}: ${first.message}`, { cause: error, retry: error.retry, issues })
  }

  #placed (issue: Issue): Issue | undefined {
    const match = /^(\w+)\[(\d+)\]\.?(.*)$/.exec(issue.path)
    if (match === null) return undefined
    const collection = match[1] as CollectionName
    const entity = this.config?.[collection]?.[Number(match[2])]
    const call = entity === undefined ? undefined : this.find(collection, entity.name, match[3]!)
    if (call === undefined) return undefined
    return {
      ...placeIn(call, match[3]!),
      path: 'commands',
      message: `${titleOf(call.command)}: ${labelled(call, match[3]!, issue.message)}${codePlace(issue)}`
    }
  }
}

/**
 * Throws reference-unknown for a name that no entity has, with the nearest ones, and in-use for one that a command has
 * removed.
 */
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
      throw fault(
        { line: remover.statement.line, column: word.column },
        `${titleOf(remover.command)}: ${describeEntity(target, targetName)} is in use by ${
          describeEntity(collection, name)
        }`,
        { code: 'in-use' }
      )
    }
    // What no command of these has written is for Weir itself to refuse.
    const word = call === undefined
      ? undefined
      : wordOf(call, field) ?? call.statement.words.find(({ text }) => text === targetName)
    if (call === undefined || word === undefined) return
    const choices = [...there]
    throw fault(
      { line: call.statement.line, column: word.column },
      `${titleOf(call.command)}: no ${describeEntity(target, targetName)}${
        didYouMean(targetName, choices)
      }; there are: ${choices.slice(0, 50).join(', ') || '(none)'}`,
      { code: 'reference-unknown' }
    )
  }
}
