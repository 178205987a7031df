// Which imports an extension may have, and where they come from.
import { builtinModules } from 'node:module'
import type { OnResolveArgs, OnResolveResult, Plugin } from 'esbuild'
import { functionGuest, provided, sdkRoot } from '../provided.ts'
import { renameSources } from '../source-comments.ts'

/** Namespace of sources that are not files: the entry and, unless it is a file, the author's module. */
export const VIRTUAL = 'weir-virtual'
export const ENTRY = 'weir-entry'
/** Specifier of the author's module in the entry. */
export const AUTHOR = 'weir-author'

/** Specifier of a function's loop in the entry. */
const GUEST = 'weir-function-guest'

/**
 * What is made of an author's module: a script that leaves an extension's or a function's program behind, or a module
 * that still imports the SDK.
 */
export type EntryKind = 'script' | 'function' | 'module'

/** `pkg` or `@scope/pkg` of a specifier. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
const builtins = new Set(builtinModules.map(packageOf))

/** Marks our own call of esbuild's resolver, which would otherwise come back to us. */
const SECOND_PASS = Symbol('second pass')

/** The text of a refusal; `detail` separates our errors from esbuild's. */
export class ImportRefusal {
  readonly specifier: string
  constructor (specifier: string) { this.specifier = specifier }
}

const refuse = (specifier: string, why: string): OnResolveResult => ({
  errors: [{ text: `import '${specifier}': ${why}`, detail: new ImportRefusal(specifier) }]
})

const NO_BUILTINS = 'the sandbox has ECMAScript built-ins only; of Node there is: buffer'

/**
 * Returns an esbuild plugin that applies the rules. `file`: the author's module, if it is a file.
 */
export const importRules = (
  author: { contents: string, name: string } | { file: string },
  resolveDir: string | undefined,
  kind: EntryKind = 'script'
): Plugin => ({
  name: 'weir-imports',
  setup (build) {
    const text = 'contents' in author ? author : undefined

    build.onResolve({ filter: /.*/ }, async (args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
      const { path } = args
      if ((args.pluginData as unknown) === SECOND_PASS) return undefined
      if (args.kind === 'entry-point') return { path: ENTRY, namespace: VIRTUAL }
      if (path === AUTHOR && args.importer === ENTRY) {
        return text === undefined
          ? { path: (author as { file: string }).file }
          : { path: text.name, namespace: VIRTUAL, sideEffects: true }
      }
      if (path === GUEST && args.importer === ENTRY) return { path: functionGuest }
      if (kind === 'module' && path === '@weirlb/sdk') return { path, external: true }
      const own = Object.hasOwn(provided, path) ? provided[path] : undefined
      if (own !== undefined) return { path: own }
      if (path.startsWith('node:')) return refuse(path, NO_BUILTINS)

      const relative = path.startsWith('.') || path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)
      const fromText = args.namespace === VIRTUAL
      if (relative && !fromText) return undefined
      if (relative) return refuse(path, 'an extension given as text is one module and has no files beside it; import packages, or bundle it with `weir extension build`')
      if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return refuse(path, 'only packages and @weirlb/sdk can be imported')
      if (path.split('/').includes('..')) return refuse(path, 'a path may not lead out of its package')

      const from = fromText ? resolveDir : args.resolveDir
      if (from === undefined || from === '') {
        return refuse(
          path,
          builtins.has(packageOf(path)) ? NO_BUILTINS : 'packages cannot be resolved here; there is: @weirlb/sdk'
        )
      }
      // A package may be called like a builtin (`events`, `process`): it is pure JavaScript, so it will do.
      const found = await build.resolve(path, {
        kind: args.kind,
        importer: args.importer,
        resolveDir: from,
        pluginData: SECOND_PASS
      })
      if (found.errors.length === 0)
        return { path: found.path, namespace: found.namespace, sideEffects: found.sideEffects }
      return refuse(
        path,
        builtins.has(packageOf(path)) ? NO_BUILTINS : `no package '${packageOf(path)}' with this path is installed`
      )
    })

    build.onLoad({ filter: /.*/, namespace: VIRTUAL }, args => {
      // Files that a map leads to are the author's, and no more on this disk than the text is.
      if (args.path !== ENTRY)
        return { contents: renameSources(text!.contents, name => `${VIRTUAL}:${name}`), loader: 'ts' }
      return { contents: entries[kind], loader: 'js', resolveDir: sdkRoot }
    })
  }
})

// The guest loop is evaluated before the author's module, so that it starts in an untouched realm.
const entry = `
import { guestProgram } from '@weirlb/sdk/guest'
import * as author from '${AUTHOR}'
globalThis.__weirProgram = guestProgram(author.default)
`

const functionEntry = `
import { functionProgram } from '${GUEST}'
import * as author from '${AUTHOR}'
globalThis.__weirProgram = functionProgram(author.default)
`

const entries = {
  script: entry,
  function: functionEntry,
  module: `export { default } from '${AUTHOR}'\n`
} as const satisfies Record<EntryKind, string>
