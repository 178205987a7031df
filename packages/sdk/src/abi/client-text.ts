import type { ClientInfo } from '../context.ts'

/** What may be known of a client beside its address and port. */
type More = { readonly [F in keyof Omit<ClientInfo, 'address' | 'port'>]?: ClientInfo[F] }

/** Where a client comes from, and what else is known of it. */
export interface KnownClient extends More { readonly address: string }

const NOTHING: { readonly [F in keyof Required<More>]: undefined } = { serverName: undefined }
const names = Object.keys(NOTHING) as readonly (keyof More)[]

/** A client as the guest is told of it, without its port: its address, and behind a blank as JSON what else is known. What the guest has no name for is left out. */
export const clientText = (client: KnownClient): string => {
  let more: Partial<Record<keyof More, unknown>> | undefined
  for (const name of names) if (client[name] !== undefined) (more ??= {})[name] = client[name]
  return more === undefined ? client.address : `${client.address} ${JSON.stringify(more)}`
}

/** What `clientText` was made of. */
export const clientOf = (text: string, port: number): ClientInfo => {
  const blank = text.indexOf(' ')
  return Object.freeze(blank < 0 ? { address: text, port, ...NOTHING } : { address: text.slice(0, blank), port, ...NOTHING, ...JSON.parse(text.slice(blank + 1)) as More })
}
