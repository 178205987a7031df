import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  GRANT_MS,
  LEASE_MS,
  type RecordWrite,
  type SessionOp,
  type SessionReply,
  type SharedRecord,
  type SharedSession,
  type SharedStore,
  type StoreWatcher
} from '@weirlb/core'
import { checkFitness, storeError } from './fitness.ts'
import { linkTo, type RedisLink, type RedisSecrets } from './redis-link.ts'
import { parseRedisUrl, placeText, type RedisPlace } from './redis-url.ts'
import { memoryUsedOf } from './server-info.ts'
import { listScript, readScript, sessionScript, writeScript } from './scripts.ts'

/** Parts of the key space of a Cluster: each is in one slot, so that operations of one part share a round trip. */
const CLUSTER_PARTS = 64
/** Keys that one step of a list looks at. */
const LIST_PART = '500'

/** How often, and after how long, a script is tried again whose keys are on their way to another master. */
const SPLIT_TRIES = 10
const SPLIT_MS = 50

/** A slot of a Cluster moves to another master: of several keys, some are there and some are not. */
const isSplit = (error: unknown): boolean => (error as Error).message.startsWith('TRYAGAIN')

interface Script { readonly text: string, readonly sha: string }
const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })
const scripts = {
  sessions: script(sessionScript),
  list: script(listScript),
  read: script(readScript),
  write: script(writeScript)
}

/**
 * The shared store on Redis or Valkey.
 *
 *     PREFIX{N}s:TABLE KEY   an entry; N is its part: 0, or 0 to 63 of a Cluster
 *     PREFIX{meta}r:KIND     records, a hash
 *     PREFIX{meta}version    counter of versions
 *     PREFIX{meta}format     what the keys under the prefix are
 *     PREFIX{N}probe         written to see that it can be
 *     PREFIXnews             channel of what changes
 */
export class RedisStore implements SharedStore {
  readonly place: string
  readonly #redis: RedisPlace
  readonly #secrets: RedisSecrets
  readonly #parts: number
  readonly #channel: string
  #link: RedisLink | undefined
  #node = ''
  #watcher: StoreWatcher | undefined
  #renewing = false

  /** `url` as of `--cluster`. Throws `config-invalid`. */
  constructor (url: string, secrets: RedisSecrets = {}) {
    this.#redis = parseRedisUrl(url)
    this.#secrets = secrets
    this.#parts = this.#redis.form === 'cluster' ? CLUSTER_PARTS : 1
    this.#channel = `${this.#redis.prefix}news`
    this.place = placeText(this.#redis)
  }

  async open (node: string, watcher: StoreWatcher): Promise<void> {
    this.#node = node
    this.#watcher = watcher
    const link = this.#newLink(watcher)
    try {
      await link.connect()
      await checkFitness(link, this.#redis, this.#channel)
      await link.subscribe(this.#channel, this.#onNews)
    } catch (error) {
      link.close()
      throw storeError(error, this.place)
    }
    this.#link = link
  }

  async sessions (ops: readonly SessionOp[]): Promise<readonly SessionReply[]> {
    if (this.#parts === 1) return await this.#apply(0, ops)
    const places = new Map<number, number[]>()
    for (const [i, { table, key }] of ops.entries()) {
      const part = partOf(table, key, this.#parts)
      const found = places.get(part)
      if (found === undefined) places.set(part, [i])
      else found.push(i)
    }
    const replies = new Array<SessionReply>(ops.length)
    await Promise.all([...places].map(async ([part, indices]) => {
      const done = await this.#apply(part, indices.map(i => ops[i]!))
      for (const [at, i] of indices.entries()) replies[i] = done[at]!
    }))
    return replies
  }

  async list (
    from: string | undefined
  ): Promise<{ readonly entries: readonly SharedSession[], readonly next: string | undefined }> {
    const link = this.#open()
    const [master, cursor] = (from ?? '0 0').split(' ') as [string, string]
    const at = Number(master)
    const [next, keys] = await link.sendTo(at, ['SCAN', cursor, 'MATCH', `${this.#redis.prefix}{*}s:*`, 'COUNT', LIST_PART]) as [string, string[]]
    const entries: SharedSession[] = []
    const byPart = new Map<string, string[]>()
    for (const key of keys) {
      const part = key.slice(0, key.indexOf('}'))
      byPart.set(part, [...byPart.get(part) ?? [], key])
    }
    for (const some of byPart.values()) {
      const values = await this.#listed(some)
      for (const [i, key] of some.entries()) {
        const entry = entryOf(key, String(values[2 * i]), Number(values[2 * i + 1]))
        if (entry !== undefined) entries.push(entry)
      }
    }
    if (next !== '0') return { entries, next: `${master} ${next}` }
    return { entries, next: at + 1 < link.masters() ? `${at + 1} 0` : undefined }
  }

  async read (kind: string): Promise<readonly SharedRecord[]> {
    const key = this.#recordsKey(kind)
    const flat = await this.#run(scripts.read, key, [key], []) as (string | number)[]
    const records: SharedRecord[] = []
    for (let at = 0; at < flat.length; at += 4) {
      const [name, value, version, ageMs] = [
        String(flat[at]),
        String(flat[at + 1]),
        Number(flat[at + 2]),
        Number(flat[at + 3])
      ]
      if (version === 0) this.#watcher?.onDamaged(`record '${name}' of ${key}`)
      else records.push({ name, value, version, ageMs })
    }
    return records
  }

  async write ({ kind, name, value, expect, ttlMs = 0 }: RecordWrite): Promise<number | undefined> {
    const key = this.#recordsKey(kind)
    const version = Number(await this.#runAgain(scripts.write, key, [key, `${this.#redis.prefix}{meta}version`], [name, value ?? '', value === undefined ? '1' : '', expect === undefined ? '' : String(expect), String(ttlMs), this.#channel, kind]))
    return version < 0 ? undefined : version
  }

  /** One master of a Cluster that does not answer is a third of all entries, and the others do not tell. */
  async ready (): Promise<void> {
    const link = this.#open()
    if (this.#parts === 1) return
    await Promise.all(Array.from({ length: this.#parts }, async (_, part) => {
      const key = `${this.#redis.prefix}{${part}}probe`
      await link.send(key, ['SET', key, '1', 'PX', '1000'])
    }))
  }

  /** The kernel tries packets that were lost ever more seldom: after a long cut, a new connection is there sooner. */
  async renew (): Promise<void> {
    const [before, watcher] = [this.#link, this.#watcher]
    if (before === undefined || watcher === undefined || this.#renewing) return
    this.#renewing = true
    const link = this.#newLink(watcher)
    try {
      await link.connect()
      await link.subscribe(this.#channel, this.#onNews)
      if (this.#link !== before) throw new Error('the store is closed')
      this.#link = link
      before.close()
      watcher.onChanged('')
    } catch {
      link.close()
    } finally {
      this.#renewing = false
    }
  }

  async memoryUsed (): Promise<number | undefined> {
    return memoryUsedOf(await this.#open().sendAll(['INFO', 'memory']))
  }

  async publish (topic: string, text: string): Promise<void> {
    await this.#open().send(undefined, ['PUBLISH', this.#channel, `p ${this.#node} ${topic} ${text}`])
  }

  async close (): Promise<void> {
    this.#link?.close()
    this.#link = undefined
  }

  async #listed (keys: readonly string[]): Promise<readonly (string | number)[]> {
    try { return await this.#run(scripts.list, keys[0]!, keys, []) as (string | number)[] } catch (error) {
      if (keys.length === 1 || !isSplit(error)) throw error
      return (await Promise.all(keys.map(async key => await this.#listed([key])))).flat()
    }
  }

  #recordsKey (kind: string): string { return `${this.#redis.prefix}{meta}r:${kind}` }

  async #apply (part: number, ops: readonly SessionOp[]): Promise<SessionReply[]> {
    const before = `${this.#redis.prefix}{${part}}s:`
    const keys = new Array<string>(ops.length)
    let lines = ''
    for (let i = 0; i < ops.length; i++) {
      const { what, table, key, service, ttlMs, unavailable } = ops[i]!
      keys[i] = `${before}${table} ${key}`
      lines += `${what} ${service} ${Math.round(ttlMs)} ${
        unavailable.length === 0 ? '' : `,${unavailable.join(',')},`
      }\n`
    }
    let text: string
    try { text = await this.#run(scripts.sessions, keys[0]!, keys, [this.#node, String(LEASE_MS), String(GRANT_MS), this.#channel, lines]) as string } catch (error) {
      if (ops.length === 1 || !isSplit(error)) throw error
      const replies: SessionReply[] = []
      for (const op of ops) replies.push(...await this.#apply(part, [op]))
      return replies
    }
    const replies = new Array<SessionReply>(ops.length)
    let from = 0
    for (let i = 0; i < ops.length; i++) {
      const service = text.indexOf(' ', from) + 1
      const ms = text.indexOf(' ', service) + 1
      const found = text.indexOf('\n', ms)
      const end = found < 0 ? text.length : found
      let outcome = text.slice(from, service - 1)
      if (outcome.endsWith('!')) {
        this.#watcher?.onDamaged(`the value of ${keys[i]!}`)
        outcome = outcome.slice(0, -1)
      }
      const asked = ops[i]!.service
      replies[i] = {
        outcome: outcome as SessionReply['outcome'],
        // A copy for each key would live as long as its grant.
        service: asked.length === ms - 1 - service && text.startsWith(asked, service)
          ? asked
          : text.slice(service, ms - 1),
        ms: Number(text.slice(ms, end))
      }
      from = end + 1
    }
    return replies
  }

  async #run (
    { text, sha }: Script,
    where: string,
    keys: readonly string[],
    args: readonly string[]
  ): Promise<unknown> {
    const link = this.#open()
    const rest = [String(keys.length), ...keys, ...args]
    try {
      return await link.send(where, ['EVALSHA', sha, ...rest])
    } catch (error) {
      // It has restarted, or another one has taken its place.
      if ((error as Error).message.startsWith('NOSCRIPT')) return await link.send(where, ['EVAL', text, ...rest])
      throw error
    }
  }

  /** The slot of the records has few keys, so it does not move for long. */
  async #runAgain (script: Script, where: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      try { return await this.#run(script, where, keys, args) } catch (error) {
        if (tries === SPLIT_TRIES || !isSplit(error)) throw error
        await sleep(SPLIT_MS)
      }
    }
  }

  /** What was published while there was no connection is unknown. */
  #newLink (watcher: StoreWatcher): RedisLink {
    return linkTo(this.#redis, this.#secrets, () => {
      watcher.onChanged('')
    })
  }

  #open (): RedisLink {
    if (this.#link === undefined) throw new Error('the store is closed')
    return this.#link
  }

  /**
   * `r KIND`; `p NODE TOPIC TEXT`; or `m NODE SERVICE KEY` of an entry that leads elsewhere, where `-` stands for none;
   * `s` in place of `m`: it was set.
   */
  readonly #onNews = (message: string): void => {
    const [what, first = '', service = '-'] = message.split(' ', 3)
    if (what === 'r') this.#watcher?.onChanged(first)
    if (what === 'p' && first !== this.#node)
      this.#watcher?.onMessage(service, message.slice(`p ${first} ${service} `.length))
    if (what !== 'm' && what !== 's' || first === this.#node) return
    const id = message.slice(`m ${first} ${service} `.length)
    const parts = idOf(id)
    if (parts !== undefined) this.#watcher?.onMoved(parts.table, parts.key, service === '-' ? undefined : service, what === 's')
  }
}

/** Returns table and key of an entry's key. */
const idOf = (id: string): { readonly table: string, readonly key: string } | undefined => {
  const from = id.indexOf('}s:')
  const space = id.indexOf(' ', from)
  return from < 0 || space < 0 ? undefined : { table: id.slice(from + 3, space), key: id.slice(space + 1) }
}

const entryOf = (id: string, value: string, expiresInMs: number): SharedSession | undefined => {
  const parts = idOf(id)
  const found = /^w1 (\S+) \d+ \S+ (\S+)$/.exec(value)
  return parts === undefined || found === null
    ? undefined
    : { ...parts, service: found[1]!, nodes: found[2]!.split(',').length - 2, expiresInMs }
}

/** FNV-1a: the same on every node. */
const partOf = (table: string, key: string, parts: number): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < table.length; at++) hash = Math.imul(hash ^ table.charCodeAt(at), 0x01000193)
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % parts
}
