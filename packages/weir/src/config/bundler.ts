import { createHash } from 'node:crypto'
import { lookUp, modeOf, WeirError, type Config, type Extension, type ExtensionCode } from '@weirlb/model'
import type { EngineExtension, EngineVersion } from '@weirlb/engine'
import { bundle } from '@weirlb/sandbox/bundle'
import type { Bundle } from '@weirlb/sdk/abi'
import { asWeirError } from '../as-weir-error.ts'
import { builtinFile } from '../builtins.ts'
import type { Histories } from '../storage/extension-history.ts'

/** Makes bundles of extensions, and keeps them for as long as their source is configured. */
export class Bundler {
  readonly #builtins: Readonly<Record<string, () => string>>
  #kept = new Map<string, Bundle>()

  constructor (builtins: Readonly<Record<string, () => string>>) {
    this.#builtins = builtins
  }

  get builtins (): readonly string[] { return Object.keys(this.#builtins) }

  /** Every extension of a configuration, ready to load. Throws builtin-unknown, extension-compile, extension-import, extension-no-default. */
  async extensions (config: Config, histories: Histories): Promise<EngineExtension[]> {
    return await Promise.all(config.extensions.map(async (extension, i) => {
      const { name, limits, strikes, failOpen, canary } = extension
      const { current, canary: next } = lookUp(histories, name)!
      const load = async (code: ExtensionCode, version: number, path: string): Promise<EngineVersion> =>
        ({ version, bundle: await this.#bundle(name, code, path), mode: modeOf(extension, code) })
      return {
        name,
        limits,
        strikes,
        failOpen,
        ...await load(extension, current, `extensions[${i}]`),
        canary: canary && { ...await load(canary, next!, `extensions[${i}].canary`), percent: canary.percent }
      }
    }))
  }

  /** A source that is in no configuration. */
  async source (name: string, source: string): Promise<Bundle> {
    try { return await bundle(source, { name }) } catch (error) { throw asWeirError(error) }
  }

  /** Forget what these extensions do not use. */
  keepOnly (extensions: readonly Extension[]): void {
    const used = new Set(extensions.flatMap(({ name, canary, ...code }) => [cacheKey(name, code), ...(canary === undefined ? [] : [cacheKey(name, canary)])]))
    this.#kept = new Map([...this.#kept].filter(([key]) => used.has(key)))
  }

  async #bundle (name: string, code: ExtensionCode, path: string): Promise<Bundle> {
    const key = cacheKey(name, code)
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    try {
      const made = code.builtin === undefined
        ? await bundle(code.source ?? '', { name })
        : await bundle('', { name, file: builtinFile(this.#builtins, code.builtin) })
      this.#kept.set(key, made)
      return made
    } catch (error) {
      const { code: errorCode, message, issues } = asWeirError(error)
      const field = code.builtin === undefined ? 'source' : 'builtin'
      throw new WeirError(errorCode, `extension '${name}': ${message}`, {
        cause: error,
        issues: issues.length === 0 ? [{ path: `${path}.${field}`, message }] : issues.map(issue => ({ path: `${path}.${issue.path}`, message: issue.message }))
      })
    }
  }
}

const cacheKey = (name: string, { source, builtin }: ExtensionCode): string => `${name}:${builtin ?? createHash('sha256').update(source ?? '').digest('hex')}`
