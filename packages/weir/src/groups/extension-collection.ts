import { parseEntity, type Entity } from '@weirlb/model'
import { placeIssues } from '@weirlb/sandbox/bundle'
import type { Declaration } from '@weirlb/sdk/abi'
import type { Extensions } from '../api/collections.ts'
import { asWeirError } from '../as-weir-error.ts'
import type { Bundler } from '../config/bundler.ts'
import { promoted, rolledBack } from '../config/extension-commands.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { DataPlane } from '../data-plane.ts'
import { EntityCollection, type Ground } from './entity-collection.ts'

/** Extensions, and what becomes of their versions. */
export class ExtensionCollection extends EntityCollection<'extensions'> implements Extensions {
  readonly #bundler: Bundler
  readonly #plane: Pick<DataPlane, 'validate'>

  constructor (bundler: Bundler, plane: Pick<DataPlane, 'validate'>, ground: Ground) {
    super('extensions', ground)
    this.#bundler = bundler
    this.#plane = plane
  }

  async rollback (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'extensions'>>> {
    await this.editor.rewrite('extensions', name, options, rolledBack, { turn: { extension: name, rollback: true } })
    return this.require(name)
  }

  async promote (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'extensions'>>> {
    await this.editor.rewrite('extensions', name, options, promoted)
    return this.require(name)
  }

  async validate (
    source: string,
    { check }: { readonly check?: Entity<'extensions'>['check'] | undefined } = {}
  ): Promise<Declaration> {
    this.editor.requireOpen()
    // Checked like a new extension.
    parseEntity('extensions', { name: 'extension', source })
    const bundle = await this.#bundler.source('extension', source)
    const types = check === 'off' ? undefined : this.#bundler.types('extension', source)
    // What the module itself declares wrongly comes first, in the words of its declaration.
    types?.catch(() => {})
    try {
      const declaration = await this.#plane.validate(bundle)
      await types
      return declaration
    } catch (error) {
      throw asWeirError(await placeIssues(error, source, 'extension'))
    }
  }

  builtins (): readonly string[] { return this.#bundler.builtins }
}
