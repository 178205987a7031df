import type { EntityStatus, Extension } from '@weirlb/admin/client'

/** An extension that runs, as its GET shows it. */
export type ShownExtension = Extension & {
  readonly status: EntityStatus & { readonly versions: NonNullable<EntityStatus['versions']> }
}

/** The same, of an answer. */
export const shownIn = ({ body }: { readonly body: Extension }): ShownExtension => body as ShownExtension

/** Version numbers with their status and open connections: `2 current 10`. */
export const versionsOf = ({ status }: ShownExtension): string[] =>
  status.versions.map(({ version, status, connections }) => `${version} ${status} ${connections}`)

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
