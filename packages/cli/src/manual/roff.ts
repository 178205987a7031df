/** Longest line of a page's source, which mandoc(1) asks for. */
const WIDTH = 76

/** Returns a text for man(7): no character of it is taken for a request, an escape or a quote. */
export const roff = (text: string): string =>
  text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll('`', '').replaceAll(
    '…',
    '...'
  ).replaceAll(/^([.'])/g, '\\&$1')
    .replaceAll(/[^\x20-\x7e\n]/gu, char => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)

/** The same, in bold. */
export const bold = (text: string): string => `\\fB${roff(text)}\\fR`

/** A paragraph of text in lines. */
export const paragraph = (text: string): string => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && roff(`${line} ${word}`).length > WIDTH) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map(each => `${roff(each)}\n`).join('')
}

/** A paragraph behind a tag: `.TP`. */
export const tagged = (tag: string, text: string): string => `.TP\n${tag}\n${paragraph(text)}`

/** The first line of a page. */
export const heading = (title: string, section: number, { version, date }: PageFacts): string =>
  `.TH ${title} ${section} "${date}" "weir ${version}" "Weir"\n`

/** What a page says of the release. */
export interface PageFacts { readonly version: string, /** ISO 8601. */ readonly date: string }
