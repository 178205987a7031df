import { createHash } from 'node:crypto'
import {
  lookUp,
  modeOf,
  WeirError,
  type Config,
  type EdgeFunction,
  type Extension,
  type ExtensionCode
} from '@weirlb/model'
import type { EngineExtension, EngineFunction, EngineVersion } from '@weirlb/engine'
import { bundle } from '@weirlb/sandbox/bundle'
import { TypeChecker } from '@weirlb/sandbox/types'
import type { Bundle } from '@weirlb/sdk/abi'
import { asWeirError } from '../as-weir-error.ts'
import { functionHistory } from './extension-history.ts'
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

  /**
   * Every extension of a configuration, ready to load. Throws builtin-unknown, extension-compile, extension-import,
   * extension-no-default.
   */
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

  /** Every edge function of a configuration, ready to load. Throws extension-compile, extension-import. */
  async functions ({ edgeFunctions }: Config): Promise<EngineFunction[]> {
    return await Promise.all(edgeFunctions.map(async ({ name, source, limits, strikes, failOpen }, i) => {
      const key = functionKey(name, source)
      try {
        const made = this.#kept.get(key) ?? await bundle(source, { name, kind: 'function' })
        this.#kept.set(key, made)
        return { name, bundle: made, limits, strikes, failOpen }
      } catch (error) {
        throw ofCode(error, `edge function '${name}'`, `edgeFunctions[${i}].source`)
      }
    }))
  }

  /** A source that is in no configuration. */
  async source (name: string, source: string, kind?: 'function'): Promise<Bundle> {
    try { return await bundle(source, { name, kind }) } catch (error) { throw asWeirError(error) }
  }

  /** Check the types of a source that is in no configuration. Throws extension-types, extension-unchecked. */
  async types (name: string, source: string, kind?: 'function'): Promise<void> {
    await this.#checker.text(name, source, kind)
  }

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
        try {
          await this.types(extension.name, source)
        } catch (error) {
          throw ofExtension(error, extension.name, `extensions[${i}].${path}`)
        }
      }
    }
    for (const [i, { name, source, check }] of next.edgeFunctions.entries()) {
      const before = present.edgeFunctions.find(each => each.name === name)
      const restored = lookUp(histories, functionHistory(name))?.previous.some(each => each.source === source) === true
      if (check === 'off' || restored || (before?.check === 'types' && before.source === source)) continue
      try {
        await this.types(name, source, 'function')
      } catch (error) {
        throw ofCode(error, `edge function '${name}'`, `edgeFunctions[${i}].source`)
      }
    }
  }

  /** End what checks types. */
  close (): void { this.#checker.close() }

  /** Forget what these extensions and functions do not use. */
  keepOnly (extensions: readonly Extension[], functions: readonly EdgeFunction[]): void {
    const used = new Set(
      functions.map(({ name, source }) => functionKey(name, source)).concat(
        extensions.flatMap((
          { name, canary, ...code }
        ) => [cacheKey(name, code), ...(canary === undefined ? [] : [cacheKey(name, canary)])])
      )
    )
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
export const ofExtension = (error: unknown, name: string, path: string): WeirError =>
  ofCode(error, `extension '${name}'`, path)

/** The same, of whatever has code. */
const ofCode = (error: unknown, what: string, path: string): WeirError => {
  const { code, message, issues, retry } = asWeirError(error)
  return new WeirError(code, `${what}: ${message}`, {
    cause: error,
    retry,
    issues: issues.length === 0 ? [{ path, message }] : issues.map(issue => ({ ...issue, path }))
  })
}

const cacheKey = (name: string, { source, builtin }: ExtensionCode): string =>
  `${name}:${builtin ?? createHash('sha256').update(source ?? '').digest('hex')}`

/** No extension's key: a name has no blank. */
const functionKey = (name: string, source: string): string => `function ${cacheKey(name, { source })}`
