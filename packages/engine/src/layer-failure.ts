import { layerReasons, silentReasons, type CloseReason, type LayerName } from '@weirlb/model'
import type { LinkError } from '@weirlb/link'

/** Returns why a client ends on which a layer could not be put. `silent`: it had not sent a byte. */
export const failureReason = (layer: LayerName, kind: LinkError['kind'], silent: boolean): CloseReason => {
  if (kind === 'limit') return 'limit'
  if (kind === 'internal') return 'internal-error'
  if (
    kind === 'rule' || kind === 'function' || kind === 'function-failed' || kind === 'rate-limit' ||
    kind === 'banned' || kind === 'not-allowed'
  ) return kind
  if (kind === 'challenge') return 'challenged'
  if (kind === 'unverified') return 'client-unverified'
  const waited = layer === 'choose' || layer === 'pass'
  if (waited && kind === 'timeout') return 'first-message-timeout'
  if (waited && kind === 'reset') return 'client-reset'
  return (silent ? silentReasons[layer] : undefined) ?? layerReasons[layer]
}
