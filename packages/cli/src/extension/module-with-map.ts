import { MOST_SOURCE } from '@weirlb/model'
import { withSourceMap, type BuiltModule } from '@weirlb/sandbox/bundle'

/** A built module as it is sent: with its source map in it, so that errors have the author's files and lines wherever it goes. A map that is too much is left out, and that is said. */
export const moduleWithMap = ({ code, map }: BuiltModule): string => {
  const source = withSourceMap(code, map)
  if (source.length <= MOST_SOURCE || code.length > MOST_SOURCE) return source
  process.stderr.write(`the source map is left out: with it the module has ${source.length} characters, and ${MOST_SOURCE} are taken; errors will have the lines of the built module\n`)
  return code
}
