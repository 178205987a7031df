import { createHash } from 'node:crypto'
import { modeOf, WeirError, type Config, type Extension } from '@weir/model'
import type { EngineExtension } from '@weir/engine'
import { bundle } from '@weir/sandbox/bundle'
import type { Bundle } from '@weir/sdk/abi'
import { asWeirError } from '../as-weir-error.ts'
import { builtinFile } from '../builtins.ts'

/** Makes bundles of extensions, and keeps them for as long as their source is configured. */
export class Bundler {
  readonly #builtins: Readonly<Record<string, () => string>>
  #kept = new Map<string, Bundle>()

  constructor (builtins: Readonly<Record<string, () => string>>) {
    this.#builtins = builtins
  }

  get builtins (): readonly string[] { return Object.keys(this.#builtins) }

  /** Every extension of a configuration, ready to load. Throws builtin-unknown, extension-compile, extension-import, extension-no-default. */
  async extensions (config: Config): Promise<EngineExtension[]> {
    return await Promise.all(config.extensions.map(async (extension, i) => ({
      name: extension.name,
      bundle: await this.#bundle(extension, `extensions[${i}]`),
      mode: modeOf(extension),
      limits: extension.limits
    })))
  }

  /** A source that is in no configuration. */
  async source (name: string, source: string): Promise<Bundle> {
    try { return await bundle(source, { name }) } catch (error) { throw asWeirError(error) }
  }

  /** Forget what these extensions do not use. */
  keepOnly (extensions: readonly Extension[]): void {
    const used = new Set(extensions.map(cacheKey))
    this.#kept = new Map([...this.#kept].filter(([key]) => used.has(key)))
  }

  async #bundle (extension: Extension, path: string): Promise<Bundle> {
    const key = cacheKey(extension)
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    try {
      const made = extension.builtin === undefined
        ? await bundle(extension.source ?? '', { name: extension.name })
        : await bundle('', { name: extension.name, file: builtinFile(this.#builtins, extension.builtin) })
      this.#kept.set(key, made)
      return made
    } catch (error) {
      const { code, message, issues } = asWeirError(error)
      const field = extension.builtin === undefined ? 'source' : 'builtin'
      throw new WeirError(code, `extension '${extension.name}': ${message}`, {
        cause: error,
        issues: issues.length === 0 ? [{ path: `${path}.${field}`, message }] : issues.map(issue => ({ path: `${path}.${issue.path}`, message: issue.message }))
      })
    }
  }
}

const cacheKey = ({ name, source, builtin }: Extension): string => `${name}:${builtin ?? createHash('sha256').update(source ?? '').digest('hex')}`
