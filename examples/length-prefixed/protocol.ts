import { defineProtocol, more, pass, Reader, reject } from '@weirlb/sdk'

const HEADER = 4

/**
 * Records after a length of four bytes. The first names the client. The others are passed by their header alone, so
 * their bodies need no buffering.
 */
export default defineProtocol({
  name: 'length-prefixed',
  api: 1,
  balance: 'per-connection',
  state: () => ({ named: false }),
  client: {
    onData (chunk, _end, ctx) {
      if (chunk.length < HEADER) return more(HEADER - chunk.length)
      const reader = new Reader(chunk)
      const record = HEADER + reader.u32()
      if (ctx.state.named) return pass(record)
      if (record > 256) return reject('the first record is no name')
      if (chunk.length < record) return more(record - chunk.length)
      ctx.state.named = true
      const name = reader.text(record - HEADER)
      return pass(record, { token: name, session: name })
    }
  }
})
