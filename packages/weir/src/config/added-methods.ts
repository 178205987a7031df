import type { Methods } from '@weirlb/engine'
import { methodNames, WeirError } from '@weirlb/model'

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,126}$/

/** Balancing methods of the program around Weir: a table, or the module whose default export is one. */
export class AddedMethods {
  /** The module, for workers: functions cannot be sent to another process. */
  readonly module: string | undefined
  #table: Methods

  /** Throws `config-invalid` for a table that cannot be, or one that workers would need. */
  constructor (given: Methods | URL | undefined, workers: number) {
    this.module = given instanceof URL ? given.href : undefined
    this.#table = given === undefined || given instanceof URL ? {} : checked(given)
    if (workers > 0 && Object.keys(this.#table).length > 0) {
      throw new WeirError('config-invalid', `methods: functions cannot be sent to worker processes, and workers is ${workers}; give the URL of a module whose default export is this table, or set workers to 0`)
    }
  }

  /** All methods there are, by name. */
  get names (): readonly string[] { return [...methodNames, ...Object.keys(this.#table)] }

  get table (): Methods { return this.#table }

  /** Import the module, if there is one. Rejects with `config-invalid`. */
  async load (): Promise<void> {
    if (this.module !== undefined) this.#table = await methodsOf(this.module)
  }
}

/** The table that a module exports. Rejects with `config-invalid`. */
export const methodsOf = async (module: string): Promise<Methods> => {
  const loaded = await import(module).catch((error: unknown) => {
    throw new WeirError('config-invalid', `methods: cannot import ${module}: ${(error as Error).message}`, {
      cause: error
    })
  }) as { readonly default?: unknown }
  if (typeof loaded.default !== 'object' || loaded.default === null) throw new WeirError('config-invalid', `methods: expected ${module} to have a table as its default export, as in: export default { mine: () => new Mine() }`)
  return checked(loaded.default as Methods)
}

const checked = (table: Methods): Methods => {
  for (const [name, make] of Object.entries(table)) {
    if (!NAME.test(name))
      throw new WeirError(
        'config-invalid',
        `methods: '${name}' is no name: 1 to 127 letters, digits, "_", ".", ":" or "-", the first a letter, digit or "_"`
      )
    if ((methodNames as readonly string[]).includes(name))
      throw new WeirError(
        'config-invalid',
        `methods: '${name}' ships with Weir; choose another name than ${methodNames.join(', ')}`
      )
    if (typeof make !== 'function')
      throw new WeirError(
        'config-invalid',
        `methods.${name}: expected a function that makes a method, got ${make === null ? 'null' : typeof make}`
      )
  }
  return { ...table }
}
