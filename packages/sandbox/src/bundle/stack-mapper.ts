import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import type { Bundle } from '@weir/sdk/abi'

/** Name under which a runtime runs the script of a bundle; stack traces carry it. */
export const scriptName = (bundle: Bundle): string => `weir-extension:${bundle.name}`

/** Frames of the loop that called the author's code, of the bundle's own few lines, and of the host's around it. */
const INTERNAL = /(?:@weir\/sdk\/(?:src|dist)\/guest\/|weir-entry|weir-bootstrap)/

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** Replaces positions in a bundle by positions in the author's source. */
export class StackMapper {
  readonly #json: string
  readonly #position: RegExp
  // Parsed on first use: most extensions never throw, and a map is larger than its code.
  #map: TraceMap | undefined

  constructor (bundle: Bundle) {
    this.#json = bundle.map
    this.#position = new RegExp(`${escape(scriptName(bundle))}:(\\d{1,9}):(\\d{1,9})`, 'g')
  }

  /** Map a stack trace; frames of the guest loop are left out. */
  map (stack: string): string {
    const map = this.#map ??= new TraceMap(this.#json)
    const lines: string[] = []
    for (const line of stack.split('\n')) {
      // What follows are this process's own frames.
      if (line.includes('<isolated-vm boundary>')) break
      const mapped = line.replace(this.#position, (whole: string, row: string, column: string) => {
        if (row === '0' || column === '0') return whole
        const at = originalPositionFor(map, { line: Number(row), column: Number(column) - 1 })
        return at.source === null ? 'weir-bootstrap' : `${at.source}:${at.line}:${at.column + 1}`
      })
      if (!(INTERNAL.test(mapped) && /^\s+at /.test(mapped))) lines.push(mapped)
    }
    return lines.join('\n')
  }

  /** Line and column of the topmost frame in a mapped stack, if there is one. */
  firstPosition (mapped: string): { line?: number, column?: number } {
    const at = /^\s+at .*?:(\d{1,9}):(\d{1,9})\)?$/m.exec(mapped)
    return at === null ? {} : { line: Number(at[1]), column: Number(at[2]) }
  }
}
