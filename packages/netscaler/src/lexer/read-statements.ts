import { fault } from '../fault.ts'
import type { Statement, Word } from './statement.ts'

/** Closing delimiter of each opening one after `q`; any other punctuation closes itself. */
const closing: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']', '<': '>' }
/** Characters that end no word and begin no quote. */
const plain = /[^\s"';]+/y
/** Characters that stand for themselves in double quotes. */
const unescaped = /[^"\\]*/y
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0', '"': '"', '\\': '\\' }

/**
 * Read commands, one per line, or several in a line with ` ; ` between them. Lines that begin with `#` are comments,
 * and so is the rest of a line after a word `#`. Words are separated by blanks, with the quotes of NetScaler:
 *
 *     "text"      with the escapes \" \\ \n \r \t; another backslash stands for itself
 *     'text'      as it stands
 *     q/text/     as it stands; also q{text}, q(text), q[text], q<text> and other punctuation
 *
 * Throws command-invalid for a quote that is not closed in its line.
 */
export const readStatements = (text: string): Statement[] => {
  const statements: Statement[] = []
  let line = 0
  for (const source of text.split(/\r\n|\n|\r/)) {
    line++
    // A file may begin with a byte order mark.
    new LineReader(line === 1 ? source.replace(/^\uFEFF/, '') : source, line).readInto(statements)
  }
  return statements
}

class LineReader {
  readonly #source: string
  readonly #line: number
  #at = 0

  constructor (source: string, line: number) {
    this.#source = source
    this.#line = line
  }

  readInto (statements: Statement[]): void {
    let words: Word[] = []
    const end = (): void => {
      if (words.length === 0) return
      statements.push({ line: this.#line, text: this.#source.slice(words[0]!.column - 1, this.#at).trim(), words })
      words = []
    }
    for (;;) {
      while (this.#isBlank()) this.#at++
      if (this.#at >= this.#source.length || this.#isComment(words.length === 0)) break
      if (this.#isSeparator()) {
        end()
        this.#at++
      } else {
        words.push(this.#word())
      }
    }
    end()
  }

  #isBlank (): boolean {
    const char = this.#source[this.#at]
    return char === ' ' || char === '\t'
  }

  #isComment (first: boolean): boolean {
    return this.#source[this.#at] === '#' && (first || this.#endsWord(this.#at + 1))
  }

  #isSeparator (): boolean { return this.#source[this.#at] === ';' && this.#endsWord(this.#at + 1) }

  #endsWord (at: number): boolean {
    const char = this.#source[at]
    return char === undefined || char === ' ' || char === '\t'
  }

  #word (): Word {
    const from = this.#at
    let text = ''
    let quoted = false
    const delimiter = /^q[/{([<|~$^+=&%@!]/.test(this.#source.slice(from, from + 2))
      ? this.#source[from + 1]!
      : undefined
    if (delimiter !== undefined) {
      this.#at += 2
      text = this.#until(closing[delimiter] ?? delimiter, from, false)
      quoted = true
    }
    while (!this.#endsWord(this.#at) && !this.#isSeparator()) {
      // Plain runs at once: a word may be the source of an extension.
      plain.lastIndex = this.#at
      const run = plain.exec(this.#source)?.[0]
      if (run !== undefined) {
        text += run
        this.#at += run.length
        continue
      }
      const char = this.#source[this.#at++]!
      if (char === '"' || char === "'") {
        text += this.#until(char, this.#at - 1, char === '"')
        quoted = true
      } else {
        text += char
      }
    }
    return { text, quoted, column: from + 1 }
  }

  /** Returns the text before the closing delimiter, and moves behind it. */
  #until (delimiter: string, from: number, escaped: boolean): string {
    let text = ''
    for (; this.#at < this.#source.length; this.#at++) {
      const stop = escaped ? this.#escapeOrQuote() : this.#source.indexOf(delimiter, this.#at)
      if (stop < 0) break
      text += this.#source.slice(this.#at, stop)
      this.#at = stop
      const char = this.#source[stop]!
      if (char === delimiter) {
        this.#at++
        return text
      }
      const meant = escapes[this.#source[this.#at + 1] ?? '']
      if (meant !== undefined) this.#at++
      text += meant ?? char
    }
    throw fault({ line: this.#line, column: from + 1 }, `the quote that begins here is not closed; expected ${delimiter === '"' ? "'\"'" : `'${delimiter}'`} in this line`)
  }

  /** Returns the place of the next backslash or double quote; -1: there is none. */
  #escapeOrQuote (): number {
    unescaped.lastIndex = this.#at
    const end = this.#at + unescaped.exec(this.#source)![0].length
    return end < this.#source.length ? end : -1
  }
}
