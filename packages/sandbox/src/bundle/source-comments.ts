// What the text of an extension says of itself in its last line: the name of its file, or a map that leads to the files that it was made of.

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

/** Say in a text what its file is called, unless it says something already. Of a name that a text cannot say nothing is said. */
export const withSourceName = (source: string, file: string): string => {
  const { text } = lastLine(source)
  if (!FILE.test(file) || text.startsWith(NAME) || text.startsWith(MAP)) return source
  return `${source}${source === '' || source.endsWith('\n') ? '' : '\n'}${NAME}${file}\n`
}

/** What a text says that its file is called. */
export const sourceName = (source: string): string | undefined => {
  const { text } = lastLine(source)
  const name = text.startsWith(NAME) ? text.slice(NAME.length) : ''
  return FILE.test(name) ? name : undefined
}

/** A text with its source map (JSON) in it. */
export const withSourceMap = (code: string, map: string): string => `${code}${MAP}${INLINE}${Buffer.from(map).toString('base64')}\n`

/** The text with `rename` applied to the sources that its own map names. A map that is none stays as it is: the bundler says what is wrong with it. */
export const renameSources = (source: string, rename: (name: string) => string): string => {
  const { from, text } = lastLine(source)
  if (!text.startsWith(MAP + INLINE)) return source
  try {
    const map = JSON.parse(Buffer.from(text.slice(MAP.length + INLINE.length), 'base64').toString()) as { sources: unknown[] }
    const sources = map.sources.map(name => rename(String(name)))
    return withSourceMap(source.slice(0, from), JSON.stringify({ ...map, sources, sourceRoot: undefined, sourcesContent: undefined }))
  } catch {
    return source
  }
}
