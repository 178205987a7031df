/** A protocol that tells each client what it knows of it, in JSON and a line, and passes all that it says on. */
export const clientInfoProtocol = `
import { defineProtocol, encodeUtf8, pipe } from '@weirlb/sdk'

export default defineProtocol({
  name: 'told', api: 1, balance: 'per-connection',
  client: { onData: () => pipe({ then: 'tunnel' }) },
  onConnect (ctx) { ctx.reply(encodeUtf8(JSON.stringify(ctx.client) + '\\n')) }
})`

/** The same without a word of its own. */
export const tunnelProtocol = `
import { defineProtocol, pipe } from '@weirlb/sdk'
export default defineProtocol({ name: 'through', api: 1, balance: 'per-connection', client: { onData: () => pipe({ then: 'tunnel' }) } })`
