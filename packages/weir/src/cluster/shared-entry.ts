import { GRANT_MS, LEASE_MS, type SessionOp, type SessionReply } from './shared-store.ts'

/** Grantee of an entry that several nodes may answer for, or that one waits to lead elsewhere. */
const MANY = '*'
const MOVING = '!'

/** A shared persistence entry. `service` empty: it was removed while grants stood. */
export interface SharedEntry {
  service: string
  /** When the last grant ends, on the store's clock. */
  until: number
  /** The only node with a grant, or MANY, or MOVING. */
  grantee: string
  /** Nodes that hold it. */
  readonly nodes: Set<string>
  expiresAt: number
}

/** What an operation makes of an entry. */
export interface Step {
  readonly reply: SessionReply
  /** Undefined: there is none afterwards. */
  readonly entry: SharedEntry | undefined
  /** The other nodes are told that it leads elsewhere. */
  readonly moved: boolean
}

/**
 * Entries are led by these rules, in the process of the memory and file stores. The script of the Redis store has the
 * same.
 */
export const step = (entry: SharedEntry | undefined, op: SessionOp, node: string, now: number): Step => {
  const { what, service, ttlMs } = op
  const stands = entry !== undefined && entry.service !== ''
  const granted = entry !== undefined && entry.until > now && entry.grantee !== node
  switch (what) {
    case 'find': return kept(entry, stands ? 'hit' : 'none', stands ? entry.service : '')
    case 'release': return release(entry, node, ttlMs, now)
    case 'delete': {
      const left = granted ? { ...entry, service: '', nodes: new Set<string>(), expiresAt: entry.until } : undefined
      return {
        reply: { outcome: stands ? 'hit' : 'none', service: stands ? entry.service : '', ms: 0 },
        entry: left,
        moved: stands
      }
    }
    case 'claim':
      if (stands && !op.unavailable.includes(entry.service)) return hit(entry, node, ttlMs, now)
      break
    case 'set':
      if (stands && entry.service === service)
        return { ...kept(entry, 'hit', service), entry: { ...entry, expiresAt: setUntil(entry, ttlMs, now) } }
      break
    case 'hold':
    case 'pin':
      if (stands && entry.service === service) return hit(entry, node, ttlMs, now)
      if (stands && what === 'hold') return kept(entry, 'other', entry.service)
  }
  if (granted)
    return {
      reply: { outcome: 'wait', service: entry.service, ms: entry.until - now },
      entry: { ...entry, grantee: MOVING },
      moved: false
    }
  if (what === 'set') {
    const nodes = stands ? entry.nodes : new Set<string>()
    const set = { service, until: now, grantee: node, nodes, expiresAt: now }
    return {
      reply: { outcome: stands ? 'moved' : 'made', service, ms: 0 },
      entry: { ...set, expiresAt: setUntil(set, ttlMs, now) },
      moved: stands
    }
  }
  const made = {
    service,
    until: now + GRANT_MS,
    grantee: node,
    nodes: new Set([node]),
    expiresAt: now + LEASE_MS + ttlMs
  }
  return { reply: { outcome: stands ? 'moved' : 'made', service, ms: GRANT_MS }, entry: made, moved: stands }
}

/** What a node knows under a grant must stay true until it ends. */
const setUntil = ({ nodes, until }: SharedEntry, ttlMs: number, now: number): number =>
  Math.max(until, now + ttlMs + (nodes.size > 0 ? LEASE_MS : 0))

const kept = (entry: SharedEntry | undefined, outcome: SessionReply['outcome'], service: string): Step => ({
  reply: { outcome, service, ms: 0 },
  entry,
  moved: false
})

const hit = (entry: SharedEntry, node: string, ttlMs: number, now: number): Step => {
  const nodes = new Set(entry.nodes).add(node)
  const expiresAt = now + LEASE_MS + ttlMs
  // A node waits to lead it elsewhere; if it has not come back, it never will.
  if (entry.grantee === MOVING && entry.until + GRANT_MS > now)
    return {
      reply: { outcome: 'hit', service: entry.service, ms: 0 },
      entry: { ...entry, nodes, expiresAt },
      moved: false
    }
  const grantee = entry.until <= now || entry.grantee === node ? node : MANY
  return {
    reply: { outcome: 'hit', service: entry.service, ms: GRANT_MS },
    entry: { ...entry, grantee, until: now + GRANT_MS, nodes, expiresAt },
    moved: false
  }
}

const release = (entry: SharedEntry | undefined, node: string, ttlMs: number, now: number): Step => {
  if (entry === undefined || !entry.nodes.has(node)) return kept(entry, 'none', '')
  const nodes = new Set(entry.nodes)
  nodes.delete(node)
  const { service } = entry
  if (nodes.size > 0) return kept({ ...entry, nodes }, 'hit', service)
  // What a node knows under a grant must stay true until it ends.
  const expiresAt = Math.max(now + ttlMs, entry.until)
  return kept(expiresAt <= now ? undefined : { ...entry, nodes, expiresAt }, 'hit', service)
}
