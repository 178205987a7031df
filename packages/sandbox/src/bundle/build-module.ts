import { realpath } from 'node:fs/promises'
import { basename, dirname, extname, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'
import { authorOptions, bundle, compileError } from './bundle.ts'
import { importRules, VIRTUAL } from './imports.ts'

/** An extension as one module that imports nothing but the SDK: what `source` of POST /v1/extensions takes. */
export interface BuiltModule {
  readonly code: string
  /** Source map (JSON) of `code`, its sources relative to the author's directory. */
  readonly map: string
  /** True if the author's file has no other imports either: it may then be sent unchanged. */
  readonly selfContained: boolean
  /** Full paths of the author's files that it was made of, the packages' among them. */
  readonly files: readonly string[]
}

/**
 * Make one ES2023 module of the file of an extension and of what it imports; the SDK stays an import, because the
 * server brings its own. The result is bundled as the server will. Throws an ExtensionError: extension-compile,
 * extension-import or extension-no-default.
 */
export const buildModule = async (path: string): Promise<BuiltModule> => {
  const file = await realpath(path)
  const home = dirname(file)
  const name = basename(file, extname(file))
  const built = await build({
    ...authorOptions,
    entryPoints: ['entry'],
    plugins: [importRules({ file }, undefined, 'module')],
    absWorkingDir: home,
    outfile: `${name}.js`,
    format: 'esm',
    metafile: true,
    external: ['@weirlb/sdk']
  }).catch((error: unknown) => { throw compileError(error, home) })
  const code = built.outputFiles.find(f => f.path.endsWith('.js'))!.text
  const map = JSON.parse(built.outputFiles.find(f => f.path.endsWith('.map'))!.text) as { sources: string[] }
  map.sources = map.sources.map(source => relative(home, `${home}${sep}${source}`).replaceAll(sep, '/'))
  await bundle(code, { name })
  const inputs = Object.keys(built.metafile.inputs)
  const files = inputs.flatMap(input => input.startsWith(`${VIRTUAL}:`) ? [] : [resolve(home, input)])
  return { code, map: JSON.stringify(map), selfContained: inputs.length <= 2, files }
}
