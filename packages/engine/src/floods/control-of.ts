import type { CloseReason, FloodControlId, LayerName } from '@weirlb/model'
import type { LinkError } from '@weirlb/link'
import { TOO_LONG } from '../framing/why-broken.ts'

/** Returns the control by which a layer was not put on a client; undefined: by none. */
export const layerControl = (
  layer: LayerName,
  kind: LinkError['kind'],
  silent: boolean
): FloodControlId | undefined => {
  switch (layer) {
    case 'tls': return kind === 'limit' ? 'D005' : kind === 'timeout' ? 'D006' : undefined
    case 'proxy': return silent ? undefined : 'D008'
    case 'http': return kind === 'timeout' ? 'D009' : kind === 'limit' ? 'D004' : undefined
    case 'choose':
    case 'pass': return kind === 'timeout' ? 'D010' : undefined
    case 'websocket': return undefined
  }
}

/**
 * Returns the control by which a connection has ended; undefined: by none, or by one that was counted then.
 * `brokeLayer`: a layer of the client's link, which is WebSocket.
 */
export const endControl = (reason: CloseReason, detail: string, brokeLayer: boolean): FloodControlId | undefined => {
  switch (reason) {
    case 'first-message-timeout': return 'D010'
    case 'idle-timeout': return 'D015'
    case 'protocol-error': return brokeLayer ? 'D022' : detail.includes(TOO_LONG) ? 'D014' : undefined
    default: return undefined
  }
}

/** Ends of sessions that say something for their address, if these were long enough. */
export const goodEnds: ReadonlySet<CloseReason> = new Set([
  'client-closed',
  'server-closed',
  'client-reset',
  'server-reset',
  'idle-timeout',
  'service-down',
  'draining',
  'rebalanced',
  'shutdown'
])
