import { afterEach } from 'vitest'
import type { ByteLink } from '../byte-link.ts'
import type { RecordingListener, RecordingOptions } from '../testing/recording-sink.ts'
import { dialled, listening, RecordingSink, until } from '../testing/recording-sink.ts'
import type { DialTarget } from '../layer/layered-dial.ts'
import type { Transport } from '../transport.ts'

/** Connected pairs of links, which end with the test that asked for them. */
export interface Pairs {
  /**
   * A link that was dialled and the one that was accepted for it; `onLink` is called with the latter before anything
   * is read.
   */
  connect (onLink?: (link: ByteLink) => void): Promise<{ client: RecordingSink, server: RecordingSink }>
  /** Stop listening; the links live on. */
  closeListeners (): void
}

/** Pairs of this transport, plain or encrypted by these options. To be called where tests are described. */
export const pairsOf = (transport: Transport, listen: RecordingOptions, dial: Partial<DialTarget>): Pairs => {
  const open: RecordingListener[] = []
  afterEach(() => {
    for (const { listener, links } of open.splice(0)) {
      listener.close()
      for (const { link } of links) link.abort()
    }
  })
  return {
    async connect (onLink) {
      const server = await listening(transport, listen, onLink)
      open.push(server)
      const { link, error } = await dialled(transport, { ...dial, port: server.listener.port })
      if (link === undefined) throw new Error(error.message)
      const client = new RecordingSink(link)
      await until(() => server.links.length === 1)
      return { client, server: server.links[0]! }
    },
    closeListeners () { for (const { listener } of open) listener.close() }
  }
}
