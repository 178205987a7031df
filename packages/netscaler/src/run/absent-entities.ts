import type { CollectionName } from '@weirlb/model'
import type { Call } from '../grammar/command.ts'

/** Entities whose `add` was skipped: what refers to them is skipped too. */
export class AbsentEntities {
  /** The line that was skipped, by collection and name. */
  readonly #lines = new Map<string, number>()

  /** A command was skipped. */
  add ({ command, statement: { line }, given }: Call): void {
    const name = given.get('name')
    const collection = name?.parameter.kind.collection
    if (command.verb === 'add' && collection !== undefined) this.#lines.set(keyOf(collection, name!.value), line)
  }

  /** Returns why a command is skipped: it names an entity that was. */
  reason ({ command, given }: Call): string | undefined {
    if (command.verb === 'add') {
      const name = given.get('name')
      // A later line makes it after all.
      if (name?.parameter.kind.collection !== undefined)
        this.#lines.delete(keyOf(name.parameter.kind.collection, name.value))
    }
    for (const { parameter: { kind: { collection } }, value } of given.values()) {
      const line = collection === undefined ? undefined : this.#lines.get(keyOf(collection, value))
      if (line !== undefined) return `'${String(value)}' was skipped in line ${line}`
    }
    return undefined
  }
}

const keyOf = (collection: CollectionName, name: unknown): string => `${collection} ${String(name)}`
