import { defineProtocol, encodeUtf8, forward, frame, KiB, reject } from '@weirlb/sdk'

/** Lines of text. The first, `HELLO <name>`, names the client; the name selects the server. */
export default defineProtocol({
  name: 'hello-lines',
  api: 1,
  balance: 'per-connection',
  fields: { 'hello.name': 'string' },
  client: {
    framing: frame.lines({ max: 1 * KiB }),
    onMessage (line, ctx) {
      const name = /^HELLO (\S+)\r?\n$/.exec(line.text())?.[1]
      if (name === undefined) return reject('the first line is not HELLO', encodeUtf8('ERR say HELLO <name> first\n'))
      ctx.set('hello.name', name)
      return forward({ token: name, session: name, then: 'tunnel' })
    }
  },
  server: { framing: frame.lines({ max: 64 * KiB }) },
  goodbye: reason => encodeUtf8(`ERR ${reason}\n`)
})
