// What bundles of Weir have in common: the published ones (bundle-published.ts) and those of tests (bundle.ts).
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type BuildResult, type Plugin } from 'esbuild'
import { parseSync } from 'oxc-parser'
import { DirectImports } from './direct-imports.ts'

export const root: string = fileURLToPath(new URL('..', import.meta.url))

/** Native modules, those that look for files beside their own, and those that share classes with an author's module. */
const external = /^(isolated-vm|koffi|esbuild|typescript|acme-client|@opentelemetry\/[^/]+|@weirlb\/testing)(\/.*)?$/

/** Values of the schemas in it are made here, so that a program that needs no schema has none. */
const defaults = join(root, 'packages/model/src/defaults.ts')

/**
 * A text of another module, which is written to a file when somebody asks for it, with an `import.meta.url` of its own.
 */
const asWritten = join(root, 'packages/cli/src/extension/template.ts')

/**
 * A module whose top-level constants are made by functions that are left out, with all that they need, where nobody
 * reads the constant.
 */
const lazily = (file: string, text: string): string => {
  const { program } = parseSync(file, text)
  let done = text
  for (const statement of program.body.toReversed()) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue
    for (const { init } of declaration.declarations.toReversed()) {
      // Without a call, the bundler sees for itself that nothing happens.
      if (init === null || init.type === 'ArrowFunctionExpression' || !text.slice(init.start, init.end).includes('('))
        continue
      done = `${done.slice(0, init.start)}/* @__PURE__ */ (() => (${done.slice(init.start, init.end)}))()${
        done.slice(init.end)
      }`
    }
  }
  return done
}

/**
 * `node:http` without what it makes when it is read. An `import` of a module of Node reads all that the module has, and
 * `WebSocket` is one of three names of `node:http` behind which Node loads its own fetch: 30 to 60 ms of CPU, and 3 MB.
 */
const plainHttp = ['const http = process.getBuiltinModule(\'node:http\')\nexport default http\n']
  .concat(
    Object.entries(Object.getOwnPropertyDescriptors(http)).filter(([, { get }]) => get === undefined)
      .map(([name]) => `export const ${name} = http.${name}\n`)
  )
  .join('')

/** How a bundle finds external modules, and what stands for `import.meta.url` of a source. */
export interface Places {
  /** True: an external module is named by its path here. */
  readonly pinned: boolean
  /** Returns an expression for the URL of a source, or undefined where the source's own is right. */
  readonly urlOf: (file: string) => string | undefined
}

const sources = ({ pinned, urlOf }: Places): Plugin => ({
  name: 'weir',
  setup ({ onLoad, onResolve, resolve }) {
    const doors = new DirectImports(root)
    onResolve({ filter: /^weirlb\/cli$/ }, () => ({ path: join(root, 'packages/cli/src/run.ts') }))
    onResolve({ filter: external }, async ({ path, pluginData, ...options }) => {
      if (pluginData === 'found') return undefined
      if (!pinned) return { path, external: true }
      // Found from the package that imports it, not from where the bundle is.
      const found = await resolve(path, {
        kind: options.kind,
        resolveDir: options.resolveDir,
        importer: options.importer,
        pluginData: 'found'
      })
      return { path: found.path, external: true }
    })
    onResolve(
      { filter: /^(node:)?http$/ },
      ({ kind }) => kind === 'import-statement' ? { path: 'http', namespace: 'plain', sideEffects: false } : undefined
    )
    onLoad({ filter: /.*/, namespace: 'plain' }, () => ({ contents: plainHttp }))
    // The API's server gives its own in their place (`serverOptions` of @weirlb/admin).
    onResolve(
      { filter: /^@fastify\/(ajv|fast-json-stringify)-compiler$/ },
      ({ path }) => ({ path, namespace: 'absent' })
    )
    onLoad(
      { filter: /.*/, namespace: 'absent' },
      ({ path }) => ({ contents: `module.exports = () => { throw new Error('${path} is not part of weir') }` })
    )
    onLoad({ filter: /\/packages\/model\/src\/defaults\.ts$/ }, async () => {
      const values = Object.entries(await import(defaults) as object)
      return { contents: values.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}\n`).join('') }
    })
    onLoad({ filter: /\/(packages|extensions)\/[^/]+\/src\/.*\.ts$/ }, ({ path }) => {
      let text = readFileSync(path, 'utf8')
      // The object `z` has all of zod, its messages in forty languages too; a namespace has what is used of it.
      text = text.replace(/^import \{ z \} from 'zod'$/m, "import * as z from 'zod'")
      if (!/@weirlb\/testing/.test(text)) text = doors.in(path, text)
      if (path.includes('/packages/model/src/')) text = lazily(path, text)
      const url = path === asWritten || !text.includes('import.meta') ? undefined : urlOf(path)
      if (url !== undefined)
        text = text.replaceAll('import.meta.resolve(', `(name => 'file://' + requireFrom(${url}).resolve(name))(`)
          .replaceAll('import.meta.url', url)
      return { contents: text, loader: 'ts' }
    })
    // A package of the workspace is used for what it exports: its modules do nothing by being loaded.
    onResolve({ filter: /^(\.|@weirlb\/)/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === 'found' || options.kind === 'entry-point') return undefined
      const found = await resolve(path, {
        kind: options.kind,
        resolveDir: options.resolveDir,
        importer: options.importer,
        pluginData: 'found'
      })
      return found.errors.length === 0 && /\/(packages|extensions)\/[^/]+\/src\//.test(found.path)
        ? { path: found.path, sideEffects: false }
        : undefined
    })
  }
})

/**
 * CommonJS modules of the bundle require Node's. `weirFile`: URL of a file of a package that is found from package to
 * package, where it stands beside its door.
 */
const banner = `import { createRequire as requireFrom } from 'node:module'
import { pathToFileURL as urlOfPath } from 'node:url'
const require = requireFrom(import.meta.url)
const [__filename, __dirname] = [import.meta.filename, import.meta.dirname]
const weirFile = (file, ...packages) => {
  let at = import.meta.url
  for (const name of packages) at = urlOfPath(requireFrom(at).resolve(name)).href
  return new URL(at.endsWith('.ts') ? file.replace(/js$/, 'ts') : file, at).href
}
`

const common = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // The text of a program stays in its memory: with names as they are, few characters, each of one byte.
  charset: 'ascii',
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: 'none',
  banner: { js: banner },
  logLevel: 'warning'
} as const satisfies BuildOptions

/** Bundles programs of the sources. What only some of them load, or load late, is in files of its own. */
export const bundleSources = async (places: Places, options: BuildOptions): Promise<BuildResult> =>
  await build({ ...common, plugins: [sources(places)], ...options })
