import { MAX_SOURCE } from '@weirlb/model'
import { withSourceMap, type BuiltModule } from '@weirlb/sandbox/bundle'

/**
 * Returns a built module with its source map in it, so that errors have the author's files and lines wherever it
 * runs. A map that is too large is omitted, with a message.
 */
export const moduleWithMap = ({ code, map }: Pick<BuiltModule, 'code' | 'map'>): string => {
  const source = withSourceMap(code, map)
  if (source.length <= MAX_SOURCE || code.length > MAX_SOURCE) return source
  process.stderr.write(`the source map is left out: with it the module has ${source.length} characters, and ${MAX_SOURCE} are taken; errors will have the lines of the built module\n`)
  return code
}
