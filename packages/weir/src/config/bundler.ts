import { createHash } from 'node:crypto'
import { lookUp, modeOf, WeirError, type Config, type Extension, type ExtensionCode } from '@weirlb/model'
import type { EngineExtension, EngineVersion } from '@weirlb/engine'
import { bundle } from '@weirlb/sandbox/bundle'
import { TypeChecker } from '@weirlb/sandbox/types'
import type { Bundle } from '@weirlb/sdk/abi'
import { asWeirError } from '../as-weir-error.ts'
import { builtinFile } from '../builtins.ts'
import type { Histories } from '../storage/extension-history.ts'

/** Makes bundles of extensions, and keeps them for as long as their source is configured. */
export class Bundler {
  readonly #builtins: Readonly<Record<string, () => string>>
  readonly #checker = new TypeChecker()
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

  /** Check the types of a source that is in no configuration. Throws extension-types, extension-unchecked. */
  async types (name: string, source: string): Promise<void> { await this.#checker.text(name, source) }

  /**
   * Check the types of code that a change brings: of sources that `present` does not have, checked, and that no
   * rollback restores. Throws extension-types or extension-unchecked.
   */
  async newTypes (present: Config, next: Config, histories: Histories): Promise<void> {
    for (const [i, extension] of next.extensions.entries()) {
      if (extension.check === 'off') continue
      const before = present.extensions.find(({ name }) => name === extension.name)
      const known = new Set(lookUp(histories, extension.name)?.previous.map(({ source }) => source))
      if (before?.check === 'types') known.add(before.source).add(before.canary?.source)
      for (const [source, path] of [[extension.source, 'source'], [extension.canary?.source, 'canary.source']] as const) {
        if (source === undefined || known.has(source)) continue
        try { await this.types(extension.name, source) } catch (error) { throw ofExtension(error, extension.name, `extensions[${i}].${path}`) }
      }
    }
  }

  /** End what checks types. */
  close (): void { this.#checker.close() }

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
      throw ofExtension(error, name, `${path}.${code.builtin === undefined ? 'source' : 'builtin'}`)
    }
  }
}

/** An error of an extension's code, with its name and its path in the configuration. */
const ofExtension = (error: unknown, name: string, path: string): WeirError => {
  const { code, message, issues, retry } = asWeirError(error)
  return new WeirError(code, `extension '${name}': ${message}`, {
    cause: error,
    retry,
    issues: issues.length === 0 ? [{ path, message }] : issues.map(issue => ({ ...issue, path }))
  })
}

const cacheKey = (name: string, { source, builtin }: ExtensionCode): string => `${name}:${builtin ?? createHash('sha256').update(source ?? '').digest('hex')}`
