import { z } from 'zod'
import { comment, name } from './name.ts'

/** Transport of the protocol's bytes. */
export const transport = z.enum(['tcp', 'ssl', 'ws', 'wss', 'http', 'https'])
export type Transport = z.infer<typeof transport>

/** A name that ties a transport to an extension. Plain HTTP has none. */
export const userProtocol = z.strictObject({
  name: name.describe('Name of the user protocol.'),
  transport: transport.describe(
    '`tcp`; `ssl` to terminate TLS before the extension sees bytes; `ws` to take the bytes out of WebSocket messages; `wss` for both. `http` and `https` have no extension: requests are forwarded to HTTP services.'
  ),
  extension: name.optional().describe(
    'Extension that parses the messages. Required, except for `http` and `https`, which have none.'
  ),
  comment
})
export type UserProtocol = z.infer<typeof userProtocol>
