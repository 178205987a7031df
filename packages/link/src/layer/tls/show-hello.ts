import type { LayeredClient } from '../../client-facts.ts'
import type { HelloAnswer, LayerEvents } from '../layer.ts'
import { helloDetails } from './hello-details.ts'

/**
 * Shows a client's hello, the first of these bytes, to those who look at it. Returns why the client is refused, if it
 * is.
 */
export const showHello = (client: LayeredClient, bytes: Uint8Array, events: LayerEvents): HelloAnswer | undefined => {
  const hello = helloDetails(bytes)
  if (hello === undefined) return undefined
  client.hello = hello
  client.helloSeen = true
  return events.onHello?.()
}
