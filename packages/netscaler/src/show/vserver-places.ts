import { recordFrom } from '@weirlb/model'
import type { Weir } from '@weirlb/core'

/** Where a user vserver listens. */
export interface VserverPlace { readonly address: string, readonly port: number }

/** Returns the address and port of each user vserver, the port being the one that it has where any was asked for. */
export const vserverPlaces = async (weir: Weir): Promise<Readonly<Record<string, VserverPlace>>> => {
  const listening = new Map((await weir.userVservers.statuses()).map(({ name, status }) => [name, status.listening]))
  return recordFrom(
    weir.userVservers.list().map(({ name, address, port }) => [name, listening.get(name) ?? { address, port }] as const)
  )
}
