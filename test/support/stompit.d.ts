/** What these tests use of stompit, which has no types of its own. */
declare module 'stompit' {
  import type { EventEmitter } from 'node:events'
  import type { Readable, Writable } from 'node:stream'

  /** A connected client. */
  export interface StompClient extends EventEmitter {
    send(headers: Readonly<Record<string, string>>): Writable
    subscribe(
      headers: Readonly<Record<string, string>>,
      onMessage: (error: Error | null, message: Readable) => void
    ): void
    disconnect(done?: (error: Error | null) => void): void
    destroy(): void
  }
  interface Stompit {
    connect(
      options: {
        readonly host: string
        readonly port: number
        readonly connectHeaders: Readonly<Record<string, string>>
      },
      done: (error: Error | null, client: StompClient) => void
    ): void
  }
  const stompit: Stompit
  export default stompit
}
