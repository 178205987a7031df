import type { KeyTable } from '../framing/key-table.ts'
import { forwardTo } from './answer.ts'
import type { ExtensionHost } from './extension-host.ts'
import type { GuestClient } from './guest-client.ts'

/**
 * The declared keys have decided a message of a client, whose token they have found in these bytes: count it, and show
 * it to whoever looks on.
 */
export const noteJudged = (
  host: ExtensionHost,
  client: GuestClient,
  keys: KeyTable,
  bytes: Uint8Array,
  frameLength: number
): void => {
  host.account.judgedByKeys()
  host.observer?.judgedByKeys(host, client, forwardTo(keys.tokenIn(bytes)), frameLength)
}
