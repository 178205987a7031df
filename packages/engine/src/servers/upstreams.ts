import type { Declaration } from '@weirlb/sdk/abi'
import type { ClientSide } from './client-side.ts'
import { OneServer } from './one-server.ts'
import { ServerPerMessage } from './per-message/server-per-message.ts'
import type { Upstream } from './upstream.ts'

/** The allowed values of `balance`. */
export const upstreams = {
  'per-connection': OneServer,
  'per-message': ServerPerMessage
} as const satisfies Record<Declaration['balance'], new (connection: ClientSide) => Upstream>
