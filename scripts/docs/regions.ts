import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Lines without the indentation that all of them have. */
const outdented = (lines: readonly string[]): string => {
  const indents = lines.filter(line => line.trim() !== '').map(line => line.length - line.trimStart().length)
  const common = Math.min(...indents, Infinity)
  return lines.map(line => line.slice(Number.isFinite(common) ? common : 0)).join('\n') + '\n'
}

/** Returns the lines between `#region NAME` and `#endregion`, after any comment signs. Throws for none, or two. */
export const region = (text: string, name: string): string => {
  const lines = text.split('\n')
  const starts = lines.flatMap((line, i) => regionOf(line) === name ? [i] : [])
  if (starts.length !== 1)
    throw new Error(`${starts.length} regions '${name}'; there are: ${
      lines.map(regionOf).filter(found => found !== undefined).join(', ')
    }`)
  const from = starts[0]! + 1
  const to = lines.findIndex((line, i) => i >= from && isEnd(line))
  if (to < 0) throw new Error(`region '${name}' does not end`)
  return outdented(lines.slice(from, to))
}

/** The name of the region that begins on this line. */
export const regionOf = (line: string): string | undefined => /^\s*(?:\/\/|#|)\s*#?region (\S+)/.exec(line)?.[1]
export const isEnd = (line: string): boolean => /^\s*(?:\/\/|#|)\s*#?endregion\b/.test(line)

/** A file of the repository, or a region of it: `path` or `path#region`. */
export const excerpt = (source: string): string => {
  const [path = '', name] = source.split('#')
  const text = readFileSync(root + path, 'utf8')
  try {
    return name === undefined ? text : region(text, name)
  } catch (error) {
    throw new Error(`${source}: ${(error as Error).message}`, { cause: error })
  }
}

const QUOTED = /(<!-- from: (\S+) -->\n```[^\n]*\n)(.*?)(^```$)/gms

/** A page with each code block below `<!-- from: path#region -->` as that file has it now. */
export const requoted = (page: string): string =>
  page.replaceAll(QUOTED, (_, head: string, source: string, _old, tail: string) => head + excerpt(source) + tail)

/** Code blocks that come from no file, by their first line; of one language, or of all. */
export const unquoted = (page: string, language = '[^\\n]*'): string[] =>
  [...page.replaceAll(QUOTED, '').matchAll(new RegExp(`^\`\`\`${language}\\n([^\\n]*)\\n.*?^\`\`\`$`, 'gms'))].map((
    [, first]
  ) => first!)
