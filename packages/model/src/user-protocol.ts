import { z } from 'zod'
import { comment, name } from './name.ts'

/** Transport of the protocol's bytes. */
export const transport = z.enum(['tcp', 'ssl', 'ws', 'wss'])
export type Transport = z.infer<typeof transport>

/** A name that ties a transport to an extension. */
export const userProtocol = z.strictObject({
  name: name.describe('Name of the user protocol.'),
  transport: transport.describe('`tcp`; `ssl` to terminate TLS before the extension sees bytes; `ws` to take the bytes out of WebSocket messages; `wss` for both.'),
  extension: name.describe('Extension that parses the messages.'),
  comment
})
export type UserProtocol = z.infer<typeof userProtocol>
