import type { ClientInfo } from '../context.ts'

/** Optional facts about a client beside its address and port. */
type More = { readonly [F in keyof Omit<ClientInfo, 'address' | 'port'>]?: ClientInfo[F] }

/** A client's address and the other known facts. */
export interface KnownClient extends More { readonly address: string }

const NOTHING: { readonly [F in keyof Required<More>]: undefined } = {
  serverName: undefined,
  proxied: undefined,
  alpn: undefined,
  certificate: undefined,
  psk: undefined,
  tlsVersion: undefined,
  http: undefined
}
const names = Object.keys(NOTHING) as readonly (keyof More)[]

/**
 * Returns a client as text for the guest, without its port: its address, then a space and the other facts as JSON.
 * Facts that the guest has no name for are omitted.
 */
export const clientText = (client: KnownClient): string => {
  let more: Partial<Record<keyof More, unknown>> | undefined
  for (const name of names) if (client[name] !== undefined) (more ??= {})[name] = client[name]
  return more === undefined ? client.address : `${client.address} ${JSON.stringify(more)}`
}

/** Parses the text of `clientText`. */
export const clientOf = (text: string, port: number): ClientInfo => {
  const blank = text.indexOf(' ')
  return Object.freeze(
    blank < 0
      ? { address: text, port, ...NOTHING }
      : { address: text.slice(0, blank), port, ...NOTHING, ...JSON.parse(text.slice(blank + 1)) as More }
  )
}
