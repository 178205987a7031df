import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'
import type { FileSystem } from 'typescript/unstable/fs'
import { provided, sdkRoot } from '../provided.ts'
import { functionGlobals } from './function-globals.ts'

/** What is checked: a text under a name, or a file of this machine with all that it leads to. */
export type AuthorSource = { readonly name: string, readonly text: string, readonly kind?: 'function' | undefined } | {
  readonly file: string
}

/** The compiler's own folder, with the types of ECMAScript. */
const compilerRoot = (): string => {
  const typescript = createRequire(import.meta.resolve('typescript/package.json'))
  return join(
    dirname(typescript.resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`)),
    'lib'
  )
}

/** Declarations beside a module's file, or the file itself where it is a source. */
const typesOf = (file: string): string => file.endsWith('.ts') ? file : file.replace(/\.js$/, '.d.ts')

const inside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep)
/** True for a folder, and for those above it: the compiler looks there on its way. */
const leadsTo = (root: string, path: string): boolean => inside(root, path) || inside(path, root)

const SDK = typesOf(provided['@weirlb/sdk']!)
const BUFFER = typesOf(provided['buffer']!)

/**
 * Options for sources that were written with types, and for those that were not: there, what has no type may be
 * anything.
 */
const optionsFor = (typed: boolean): object => ({
  target: 'ES2023',
  lib: ['ES2023'],
  module: 'ESNext',
  moduleResolution: 'Bundler',
  // None of Node: an extension runs in an isolate.
  types: [],
  strict: typed,
  noImplicitAny: false,
  allowJs: true,
  checkJs: !typed,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  paths: { '@weirlb/sdk': [SDK], buffer: [BUFFER], 'node:buffer': [BUFFER] }
})

/**
 * The files that the compiler sees. For a text these are the text, the SDK's types and the compiler's own, and
 * nothing else of this disk, whatever the text refers to. For a file they are those of this machine: its author runs
 * the check.
 */
export class AuthorFiles implements FileSystem {
  readonly config: string
  readonly entry: string
  /** The folder that places are relative to. */
  readonly home: string
  readonly #own = new Map<string, string>()
  readonly #roots: readonly string[]
  readonly #open: boolean

  /** `number` makes the text's folder one that no earlier check has had. */
  constructor (source: AuthorSource, number: number) {
    this.#open = 'file' in source
    this.entry = 'file' in source ? realpathSync(source.file) : join(sep, `weir-author-${number}`, source.name)
    this.home = dirname(this.entry)
    this.config = join(this.home, `weir-check-${number}.tsconfig.json`)
    if ('text' in source) this.#own.set(this.entry, source.text)
    const globals = join(this.home, 'weir-function-globals.d.ts')
    const isFunction = 'text' in source && source.kind === 'function'
    if (isFunction) this.#own.set(globals, functionGlobals)
    const typed = /\.[cm]?ts$/.test(this.entry)
    this.#own.set(
      this.config,
      JSON.stringify({ compilerOptions: optionsFor(typed), files: isFunction ? [this.entry, globals] : [this.entry] })
    )
    this.#roots = [realpathSync(sdkRoot), sdkRoot, dirname(BUFFER), realpathSync(dirname(BUFFER)), compilerRoot()]
  }

  /** True for a file of the author's, whose faults are reported. */
  isAuthors (path: string): boolean {
    if (!this.#open) return path === this.entry
    return !path.includes(`${sep}node_modules${sep}`) && !this.#roots.some(root => inside(root, path))
  }

  /** Undefined: the compiler reads it from the disk; null: there is none. */
  readonly readFile = (path: string): string | null | undefined =>
    this.#own.get(path) ?? (this.#mayRead(path) ? undefined : null)
  readonly fileExists = (path: string): boolean | undefined =>
    this.#own.has(path) || (this.#mayRead(path) ? undefined : false)
  readonly directoryExists = (path: string): boolean | undefined => {
    if (path === this.home) return true
    return this.#open || this.#roots.some(root => inside(root, resolve(path)))
      ? undefined
      : this.#roots.some(root => leadsTo(root, path))
  }

  readonly getAccessibleEntries = (path: string): { files: string[], directories: string[] } | undefined =>
    this.#open || this.#mayRead(path) ? undefined : { files: [], directories: [] }
  readonly realpath = (path: string): string | undefined =>
    this.#own.has(path) ? path : this.#open || this.#mayRead(path) ? undefined : path

  #mayRead (path: string): boolean { return this.#open || this.#roots.some(root => inside(root, resolve(path))) }
}
