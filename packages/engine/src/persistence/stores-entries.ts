import { httpServices, type LbVserver, type PersistenceType } from '@weirlb/model'

/**
 * True if persistence of this type has entries. The cookie of a browser that sends requests names the service itself.
 */
export const storesEntries = (type: PersistenceType, lbType: LbVserver['type']): boolean =>
  type !== 'cookie' || !httpServices.has(lbType)
