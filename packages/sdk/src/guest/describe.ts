import type { Protocol } from '../protocol.ts'

const isFunction = (value: unknown): boolean => typeof value === 'function'

const describeSide = (side: unknown): unknown => {
  if (side === null || typeof side !== 'object') return side
  const { onMessage, ...rest } = side as Record<string, unknown>
  return { ...rest, handler: isFunction(onMessage) }
}

/** The declarative half of the module's default export as JSON; `null` when there is no such object. The host checks it: nothing here is believed. */
export const describe = (exported: unknown): string => {
  if (exported === null || typeof exported !== 'object') return 'null'
  const p = exported as Protocol & Record<string, unknown>
  return JSON.stringify({
    name: p.name,
    api: p.api,
    balance: p.balance,
    replies: p.replies,
    params: p.params ?? {},
    fields: Object.entries(p.fields ?? {}).map(([name, type]) => ({ name, type })),
    client: describeSide(p.client),
    server: describeSide(p.server),
    hooks: { connect: isFunction(p.onConnect), goodbye: isFunction(p.goodbye), close: isFunction(p.onClose) }
  })
}
