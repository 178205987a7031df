// The last line of an extension's text may name its file, or hold a map of the files that it was made of.

const NAME = '//# sourceURL='
const MAP = '//# sourceMappingURL='
const INLINE = 'data:application/json;base64,'

/** The file's name for the places in errors; only a name that an author's file may have. */
const FILE = /^[^\s/\\:]+\.[cm]?[jt]s$/

/** The last line, when it is such a comment. */
const lastLine = (source: string): { readonly from: number, readonly text: string } => {
  const end = source.trimEnd()
  const from = end.lastIndexOf('\n') + 1
  return { from, text: end.slice(from) }
}

/** Add the file's name to a text, unless it has a name or map already. A name that a text cannot hold is omitted. */
export const withSourceName = (source: string, file: string): string => {
  const { text } = lastLine(source)
  if (!FILE.test(file) || text.startsWith(NAME) || text.startsWith(MAP)) return source
  return `${source}${source === '' || source.endsWith('\n') ? '' : '\n'}${NAME}${file}\n`
}

/** Returns the file name in a text. */
export const sourceName = (source: string): string | undefined => {
  const { text } = lastLine(source)
  const name = text.startsWith(NAME) ? text.slice(NAME.length) : ''
  return FILE.test(name) ? name : undefined
}

/** True for a text that was made of other files. */
export const hasSourceMap = (source: string): boolean => lastLine(source).text.startsWith(MAP)

/** True for a text whose author has turned the check of its types off in its first line. */
export const isUnchecked = (source: string): boolean => /^\s*\/\/\s*@ts-nocheck\b/.test(source)

/** A text with its source map (JSON) in it. */
export const withSourceMap = (code: string, map: string): string =>
  `${code}${MAP}${INLINE}${Buffer.from(map).toString('base64')}\n`

/**
 * Returns the text with `rename` applied to the sources in its map. An invalid map stays unchanged: the bundler
 * reports it.
 */
export const renameSources = (source: string, rename: (name: string) => string): string => {
  const { from, text } = lastLine(source)
  if (!text.startsWith(MAP + INLINE)) return source
  try {
    const map = JSON.parse(Buffer.from(text.slice(MAP.length + INLINE.length), 'base64').toString()) as {
      sources: unknown[]
    }
    const sources = map.sources.map(name => rename(String(name)))
    return withSourceMap(
      source.slice(0, from),
      JSON.stringify({ ...map, sources, sourceRoot: undefined, sourcesContent: undefined })
    )
  } catch {
    return source
  }
}
