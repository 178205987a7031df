import { printable } from '@weirlb/netscaler'

const ENTER = '\u001B[?1049h\u001B[?25l'
const LEAVE = '\u001B[?25h\u001B[?1049l'
const HOME = '\u001B[H'
/** To the end of the line, and of the screen. */
const REST_OF_LINE = '\u001B[K'
const REST = '\u001B[J'

/**
 * Keys that end a program that shows something: q, and Ctrl-C, which a terminal in raw mode does not turn into a
 * signal.
 */
const ENDS: ReadonlySet<string> = new Set(['q', 'Q', '\u0003'])

/** The whole terminal, on a page of its own: what was there before comes back at the end. */
export class Screen {
  /** Aborted when whoever looks on has seen enough. */
  readonly stopped: AbortSignal
  readonly #stop = new AbortController()
  readonly #onResize: () => void
  #text = ''

  constructor () {
    this.stopped = this.#stop.signal
    this.#onResize = () => { this.show(this.#text) }
  }

  open (): void {
    process.stdout.write(ENTER)
    process.stdout.on('resize', this.#onResize)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { this.#stop.abort() })
    if (!process.stdin.isTTY) return
    process.stdin.setRawMode(true)
    process.stdin.on('data', (keys: Buffer) => { if (ENDS.has(keys.toString())) this.#stop.abort() })
  }

  /** Show a text in place of the one before; what does not fit is counted in the last row. */
  show (text: string): void {
    this.#text = text
    const { rows = 24, columns = 80 } = process.stdout
    const all = text.trimEnd().split('\n')
    const lines = all.length <= rows ? all : [...all.slice(0, rows - 1), `… ${all.length - rows + 1} more lines`]
    process.stdout.write(
      `${HOME}${lines.map(line => `${printable(line).slice(0, columns)}${REST_OF_LINE}`).join('\r\n')}${REST}`
    )
  }

  close (): void {
    process.stdout.off('resize', this.#onResize)
    if (process.stdin.isTTY) process.stdin.setRawMode(false)
    process.stdin.pause()
    process.stdout.write(LEAVE)
  }
}
