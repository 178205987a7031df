import { realpath } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { build, type BuildFailure, type BuildOptions, type Message } from 'esbuild'
import type { Bundle } from '@weirlb/sdk/abi'
import { ExtensionError } from '../extension-error.ts'
import { sandboxRoot, sdkRoot } from '../provided.ts'
import { ENTRY, importRules, ImportRefusal, VIRTUAL } from './imports.ts'
import { sourceName } from '../source-comments.ts'

/** Where the source of an extension is. */
export interface BundleOptions {
  /**
   * Name of the extension; stack traces show text as `<name>.ts`, unless its last line names its file or has its source
   * map.
   */
  readonly name: string
  /** The file of the author's module: its relative imports work, and `source` is ignored. */
  readonly file?: string | undefined
  /** Default: `script`, an extension. */
  readonly kind?: 'script' | 'function' | undefined
  /** Directory from which text resolves packages. Without it, text can import the SDK only. */
  readonly resolveDir?: string | undefined
}

/** Returns the name of a source as its author knows it, without this machine's directories. */
const publicSource = (source: string, home: string): string => {
  if (source.startsWith(`${VIRTUAL}:`)) return source.slice(VIRTUAL.length + 1)
  const path = resolve(home, source)
  const modules = `${sep}node_modules${sep}`
  const inPackage = path.lastIndexOf(modules)
  if (inPackage >= 0) return path.slice(inPackage + modules.length).replaceAll(sep, '/')
  if (path.startsWith(sdkRoot + sep)) return `@weirlb/sdk/${relative(sdkRoot, path).replaceAll(sep, '/')}`
  if (path.startsWith(sandboxRoot + sep)) return `@weirlb/sandbox/${relative(sandboxRoot, path).replaceAll(sep, '/')}`
  return relative(home, path).replaceAll(sep, '/')
}

/** Returns the message after `file:line:column`, with columns from 1. */
const placed = (message: Message, home: string): string => {
  const at = message.location
  return at === null ? message.text : `${publicSource(at.file, home)}:${at.line}:${at.column + 1}: ${message.text}`
}

const placeOf = ({ location }: Message, home: string): { file?: string, line?: number, column?: number } =>
  location === null ? {} : { file: publicSource(location.file, home), line: location.line, column: location.column + 1 }

const failure = (failed: BuildFailure, home: string): ExtensionError => {
  const refused = failed.errors.find(e => e.detail instanceof ImportRefusal)
  const shown = refused ?? failed.errors[0]
  if (shown === undefined) return new ExtensionError('extension-compile', failed.message, { cause: failed })
  return new ExtensionError(refused === undefined ? 'extension-compile' : 'extension-import', placed(shown, home), {
    issues: failed.errors.map(e => ({ path: 'source', message: placed(e, home), ...placeOf(e, home) })),
    line: shown.location?.line,
    column: shown.location === null ? undefined : shown.location.column + 1
  })
}

/** How an author's module is compiled, whatever it becomes. */
export const authorOptions = {
  bundle: true,
  write: false,
  target: 'es2023',
  platform: 'browser',
  define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
  sourcemap: 'external',
  sourcesContent: false,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
  // The surroundings of the author's directory must not change an extension's meaning.
  tsconfigRaw: '{"compilerOptions":{"target":"ES2023","useDefineForClassFields":true}}'
} as const satisfies BuildOptions

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && Array.isArray((error as BuildFailure).errors)

/**
 * Returns esbuild's errors about an extension whose directory is `home` as an ExtensionError; other values unchanged.
 */
export const compileError = (error: unknown, home: string): unknown =>
  isBuildFailure(error) ? failure(error, home) : error

/**
 * Make one ES2023 script of an extension or an edge function: the guest loop, the author's module (TypeScript or
 * JavaScript) and what it imports. Throws an ExtensionError: extension-compile (message and fields have line and
 * column), extension-import or extension-no-default.
 */
export const bundle = async (source: string, options: BundleOptions): Promise<Bundle> => {
  const { kind = 'script' } = options
  const file = options.file === undefined ? undefined : await realpath(options.file)
  const home = file === undefined ? options.resolveDir ?? sdkRoot : dirname(file)
  const author = file === undefined ? { contents: source, name: sourceName(source) ?? `${options.name}.ts` } : { file }
  const built = await build({
    ...authorOptions,
    entryPoints: [ENTRY],
    plugins: [importRules(author, options.resolveDir, kind)],
    absWorkingDir: home,
    outfile: 'extension.js',
    format: 'iife'
  }).catch((error: unknown) => { throw compileError(error, home) })

  const noDefault = built.warnings.find(w =>
    w.id === 'import-is-undefined' && w.location?.file === `${VIRTUAL}:${ENTRY}`
  )
  // A function may add listeners, and export nothing.
  if (noDefault !== undefined && kind === 'script') {
    throw new ExtensionError(
      'extension-no-default',
      'the module has no default export; write: export default defineProtocol({ … })'
    )
  }
  const code = built.outputFiles.find(f => f.path.endsWith('.js'))!.text
  const map = JSON.parse(built.outputFiles.find(f => f.path.endsWith('.map'))!.text) as { sources: string[] }
  map.sources = map.sources.map(source => publicSource(source, home))
  return { name: options.name, code, map: JSON.stringify(map) }
}

