import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { HANDLER_FRAME, type Bundle } from '@weirlb/sdk/abi'

/** Name under which a runtime runs the script of a bundle; stack traces carry it. */
export const scriptName = (bundle: Bundle): string => `weir-extension:${bundle.name}`

/**
 * The first frame that cannot be the author's any more: the guest loop called the handler, or the host evaluated the
 * module.
 */
const HOST = /@weirlb\/sdk\/(?:src|dist)\/guest\/loop\.|@weirlb\/sandbox\/(?:src|dist)\/edge-guest\/program\.|<isolated-vm boundary>|\(node:vm:/
/**
 * Frames above it that are not the author's either: the context's own methods, what makes a verdict or takes the
 * declaration, and the bundle's few lines.
 */
const INTERNAL = /@weirlb\/sandbox\/|core-js-pure\/|@noble\/|@weirlb\/sdk\/(?:src|dist)\/(?:guest\/|edge-function\.|protocol\.|verdict\.|stream-verdict\.|check-verdict\.|site\.)|weir-entry/
const FRAME = /^\s+at /
/** Built-in functions that call back into the author's code have no position. */
const BUILT_IN = /\(<anonymous>\)$/

/** A handler of the author's, known by its text. */
const HANDLER = new RegExp(`^( +at [\\w.]{1,40} )${HANDLER_FRAME}(".*")$`)

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** The text of a handler: the guest may have written anything. */
const textIn = (json: string): string => {
  try { return JSON.parse(json) as string } catch { return json }
}

/** Replaces positions in a bundle by positions in the author's source. */
export class StackMapper {
  readonly #json: string
  readonly #name: string
  readonly #code: string
  readonly #position: RegExp
  // Parsed on first use: most extensions never throw, and a map is larger than its code.
  #map: TraceMap | undefined

  constructor (bundle: Bundle) {
    this.#json = bundle.map
    this.#code = bundle.code
    this.#name = scriptName(bundle)
    this.#position = new RegExp(`${escape(this.#name)}:(\\d{1,9}):(\\d{1,9})`, 'g')
  }

  /** Map a stack trace. Only the author's frames remain, and none of this machine's paths. */
  map (stack: string): string {
    const map = this.#map ??= new TraceMap(this.#json)
    const lines: string[] = []
    for (const raw of stack.split('\n')) {
      const line = this.#withPlace(raw)
      if (line === undefined) continue
      let found = false
      const mapped = line.replace(this.#position, (whole: string, row: string, column: string) => {
        if (row === '0' || column === '0') return whole
        const at = originalPositionFor(map, { line: Number(row), column: Number(column) - 1 })
        if (at.source === null) return whole
        found = true
        return `${at.source}:${at.line}:${at.column + 1}`
      })
      if (!FRAME.test(mapped)) lines.push(mapped)
      else if (HOST.test(mapped)) break
      else if ((found && !INTERNAL.test(mapped)) || BUILT_IN.test(mapped)) lines.push(mapped)
    }
    return lines.join('\n')
  }

  /**
   * A line that has a handler's text gets its place in the bundle instead; undefined where the bundle does not have it.
   */
  #withPlace (line: string): string | undefined {
    const [, head, json] = HANDLER.exec(line) ?? []
    if (json === undefined) return line
    const at = this.#code.indexOf(textIn(json))
    if (at < 0) return undefined
    const before = this.#code.slice(0, at)
    return `${head!}(${this.#name}:${before.split('\n').length}:${at - before.lastIndexOf('\n')})`
  }

  /** Line and column of the topmost frame in a mapped stack, if there is one. */
  firstPosition (mapped: string): { line?: number, column?: number } {
    // Blanks only: \s would run over line ends, and take the square of a stack of empty lines.
    const at = /^[ \t]+at .*?:(\d{1,9}):(\d{1,9})\)?$/m.exec(mapped)
    return at === null ? {} : { line: Number(at[1]), column: Number(at[2]) }
  }
}
