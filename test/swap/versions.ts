/** An extension as its GET shows it. */
export interface ShownExtension {
  readonly source: string
  readonly canary?: { readonly source: string, readonly percent: number }
  readonly status: {
    readonly value: string
    readonly versions: readonly { readonly version: number, readonly status: string, readonly code: string, readonly connections: number, readonly accepted: number, readonly errors: number, readonly up: number }[]
    readonly previous: readonly number[]
    readonly canary?: { readonly version: number, readonly status: string, readonly reason?: string }
  }
}

/** Version numbers with their status and open connections: `2 current 10`. */
export const versionsOf = ({ status }: ShownExtension): string[] => status.versions.map(({ version, status, connections }) => `${version} ${status} ${connections}`)

/** MQTT cut in packets, every one of the client's is seen; `name` says which version it was. */
export const seenMqtt = (name: string): string => `
import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'seen-mqtt',
  api: 1,
  balance: 'per-connection',
  fields: { by: 'string' },
  client: {
    framing: frame.varint({ at: 1, max: 65_536 }),
    onMessage (packet, ctx) {
      ctx.set('by', '${name}')
      ctx.count('${name}')
      return forward()
    }
  }
})
`
