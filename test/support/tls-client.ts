import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { until } from '@weirlb/testing'
import { atEnd } from './engine-bench.ts'

/**
 * A TLS client of a vserver on loopback, and what became of it. It trusts whatever certificate it is shown, unless
 * told otherwise.
 */
export class TlsClient {
  readonly socket: TLSSocket
  text = ''
  /** Its own handshake was over. */
  secured = false
  closed = false
  error: (Error & { readonly code?: string }) | undefined
  /** The last ticket that it got. */
  session: Buffer | undefined

  constructor (port: number, options: ConnectionOptions = {}) {
    this.socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    this.socket.setEncoding('utf8')
    this.socket.on('data', (text: string) => { this.text += text })
    this.socket.on('secureConnect', () => { this.secured = true })
    this.socket.on('session', (session: Buffer) => { this.session = session })
    this.socket.on('error', (error: Error) => { this.error = error })
    this.socket.on('close', () => { this.closed = true })
    atEnd(() => { this.socket.destroy() })
  }

  /** The first line that it gets. */
  async line (): Promise<string> {
    return await until(() => {
      const end = this.text.indexOf('\n')
      if (end >= 0) return this.text.slice(0, end)
      if (this.closed) throw new Error(`closed without a line: ${this.error?.message ?? 'in order'}`)
      return undefined
    }, 'a line')
  }

  /** Common name of the certificate that it is shown. */
  get shown (): string { return String(this.socket.getPeerCertificate().subject.CN) }

  /** That it is refused: closed without a line. */
  async refused (): Promise<void> {
    await until(() => this.closed, 'the client to be closed')
    if (this.text !== '') throw new Error(`it was served: ${this.text}`)
  }
}
