import { createHash } from 'node:crypto'
import { certkeySecrets, WeirError, type Config, type RevisionAuthor } from '@weirlb/model'
import { asWeirError } from '../as-weir-error.ts'
import type { Revisions } from '../config/revisions.ts'
import type { LeveledLog } from '../log.ts'
import { parseRevision, textOf } from '../storage/revision-text.ts'
import type { SavedRevision, Storage } from '../storage/storage.ts'
import { version } from '../version.ts'
import type { ClusterKeys } from './cluster-keys.ts'
import type { SharedRecord, SharedStore } from './shared-store.ts'
import type { StoreLine } from './store-line.ts'

/** Revisions whose text stays in the store, for nodes that come back. */
const KEPT = 20
/** How long a node waits before it tries a revision again that it could not run. */
const AGAIN_MS = 30_000
const HEAD_KIND = 'revision'
const HEAD = 'current'

interface Body { readonly revision: number, readonly sha256: string }
/** What the store has under `revision current`: which text counts, and the ones before it, newest first. */
interface Head extends Body { readonly before: readonly Body[] }

/** A revision of another node that this one could not run. */
export interface RefusedRevision { readonly revision: number, readonly reason: string }

type OwnRevisions = Pick<Revisions, 'current' | 'begin' | 'follow'>

/**
 * The configuration of a cluster: one history, whichever node writes.
 *
 *     change ─► prepare on the workers ─► text into the store ─► head, by compare-and-set ─► commit
 *                                                                  └─ another node was first: refused, nothing has
 * changed head is another ─► text ─► run it ──fails──► keep what runs, and report it; try again at the next head, or in
 * 30 s
 *
 * While the store is away nothing is written, so that no history forks. A store that has lost the head, or has an older
 * one, is given the newest that any node runs.
 */
export class SharedConfig {
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #log: LeveledLog
  readonly #keys: ClusterKeys
  #revisions: OwnRevisions | undefined
  #own: Storage | undefined
  /** Version of the head that runs here; 0: there was none. */
  #version = 0
  #head: Head | undefined
  #refused: (RefusedRevision & { readonly version: number, readonly at: number }) | undefined
  #syncing = false

  constructor (store: SharedStore, line: StoreLine, log: LeveledLog, keys: ClusterKeys) {
    this.#store = store
    this.#line = line
    this.#log = log
    this.#keys = keys
  }

  /** The last revision that could not run here, until one can. */
  get refused (): RefusedRevision | undefined { return this.#refused }

  /** Returns a storage whose revisions are those of the cluster. All else is the node's own. */
  storage (own: Storage): Storage {
    this.#own = own
    return {
      sessions: own.sessions,
      ticketSecret: own.ticketSecret,
      cookieSecret: own.cookieSecret,
      acme: own.acme,
      jobs: own.jobs,
      bans: own.bans,
      names: own.names,
      tokens: own.tokens,
      open: async () => {
        await own.open()
      },
      close: async () => {
        await own.close()
      },
      get damage () {
        return own.damage
      },
      load: async () => await this.#loadShared() ?? await own.load(),
      save: async revision => {
        await this.#write(revision)
        await own.save(revision)
      },
      revisions: async () => await own.revisions(),
      revision: async revision => await own.revision(revision) ?? await this.#older(revision)
    }
  }

  /** Begin with the cluster's configuration; with the given one, or the node's own, where it has none yet. */
  async begin (given: unknown, author: RevisionAuthor, revisions: OwnRevisions): Promise<string> {
    this.#revisions = revisions
    for (let first = true; ; first = false) {
      const found = await this.#readHead()
      if (found !== undefined) {
        await revisions.begin(undefined, author).catch((error: unknown) => {
          throw cannotRun(asWeirError(error), found.head.revision)
        })
        await this.#keepOwn()
        await this.#sealAnew(found)
        return 'that of the cluster'
      }
      try {
        const source = await revisions.begin(given, author)
        const saved = await this.#own!.load()
        if (saved !== undefined) this.#mayStand(saved.config)
        await this.sync()
        return source
      } catch (error) {
        // Another node has started at the same time, and was first.
        if (!first || asWeirError(error).code !== 'revision-conflict') throw error
      }
    }
  }

  /**
   * Run what the cluster has, or give it what runs here where it has nothing, or less. Called when the head may be
   * another.
   */
  async sync (): Promise<void> {
    const revisions = this.#revisions
    if (this.#syncing || revisions === undefined) return
    this.#syncing = true
    try {
      const found = await this.#line.call(async () => await this.#readHead())
      const { number } = revisions.current
      if (found !== undefined && found.head.revision > number)
        await this.#follow(revisions, found.record.version, found.head)
      else if (found === undefined || found.head.revision < number) await this.#offer(found)
      else this.#runs(found.record.version, found.head)
    } catch (error) {
      if (!this.#line.away)
        this.#log.warn({ error: (error as Error).message }, 'the configuration of the cluster was not compared')
    } finally {
      this.#syncing = false
    }
  }

  async #follow (revisions: OwnRevisions, version: number, head: Head): Promise<void> {
    const before = this.#refused
    if (before?.version === version && performance.now() < before.at + AGAIN_MS) return
    try {
      await revisions.follow(await this.#text(head))
      this.#runs(version, head)
      await this.#keepOwn()
    } catch (error) {
      const reason = asWeirError(error).message
      this.#refused = { revision: head.revision, reason, version, at: performance.now() }
      this.#log.error(
        { revision: head.revision, reason },
        'a revision of the cluster cannot run here: the one before is kept'
      )
    }
  }

  /** The store has lost it, or was set back. */
  async #offer (found: { readonly record: SharedRecord } | undefined): Promise<void> {
    const saved = await this.#own!.load()
    if (saved === undefined || saved.revision !== this.#revisions!.current.number) return
    this.#version = found?.record.version ?? 0
    await this.#write(saved).catch((error: unknown) => {
      // Another node was first: the next look has its head.
      if (asWeirError(error).code !== 'revision-conflict') throw error
    })
  }

  #runs (version: number, head: Head): void {
    this.#version = version
    this.#head = head
    this.#refused = undefined
  }

  async #write (revision: SavedRevision): Promise<void> {
    this.#mayStand(revision.config)
    const text = this.#keys.sealed(textOf(revision), nameOf(revision.revision))
    const sha256 = hashOf(text)
    const body = { revision: revision.revision, sha256 }
    const before = this.#head === undefined || this.#head.revision >= body.revision
      ? []
      : [{ revision: this.#head.revision, sha256: this.#head.sha256 }, ...this.#head.before]
    const head: Head = { ...body, before: before.slice(0, KEPT) }
    const version = await this.#line.call(async () => {
      await this.#store.write({ kind: kindOf(body), name: 'text', value: text })
      return await this.#store.write({
        kind: HEAD_KIND,
        name: HEAD,
        value: JSON.stringify(head),
        expect: this.#version
      })
    }).catch((error: unknown) => {
      throw new WeirError(
        'store-unreachable',
        `the configuration cannot be changed while the shared store does not take it: ${(error as Error).message}`,
        { retry: true, cause: error }
      )
    })
    if (version === undefined) {
      const found = await this.#line.call(async () => await this.#readHead()).catch(() => undefined)
      // The same text may be what another node has made of the same change.
      if (found?.head.sha256 !== sha256) await this.#forget(body)
      throw new WeirError(
        'revision-conflict',
        `another node has changed the configuration${
          found === undefined ? '' : `: the cluster has revision ${found.head.revision}`
        }; this node has not run that yet, and nothing was changed: try again`,
        { retry: true }
      )
    }
    this.#runs(version, head)
    for (const old of before.slice(KEPT)) await this.#forget(old)
  }

  /** Secrets stand in a store only where nobody but its nodes can read them. Throws store-key. */
  #mayStand ({ certkeys }: Config): void {
    const bare = this.#keys.seal || this.#store.isPrivate === true
      ? []
      : certkeys.filter(certkey =>
        certkeySecrets.some(path =>
          path.reduce<unknown>((value, field) => (value as Record<string, unknown> | undefined)?.[field], certkey) !==
            undefined
        )
      )
    if (bare.length > 0)
      throw new WeirError(
        'store-key',
        `the keys of certkeys ${
          bare.map(({ name }) => `'${name}'`).join(', ')
        } would be in the shared store as they are: give all nodes --cluster-keys FILE, with which they are encrypted; or give certkeys as files of each machine`
      )
  }

  /** Write the head's text as the present keys have it, once at a start: nodes whose keys are older still open it. */
  async #sealAnew ({ record, head }: { readonly record: SharedRecord, readonly head: Head }): Promise<void> {
    if (!this.#keys.seal) return
    const [stored] = await this.#store.read(kindOf(head))
    if (stored === undefined || this.#keys.isCurrent(stored.value)) return
    const text = this.#keys.sealed(textOf(await this.#text(head)), nameOf(head.revision))
    const body = { revision: head.revision, sha256: hashOf(text) }
    await this.#store.write({ kind: kindOf(body), name: 'text', value: text })
    // Older revisions are as they were sealed, or not at all: none of them stays.
    const next: Head = { ...body, before: [] }
    const version = await this.#store.write({
      kind: HEAD_KIND,
      name: HEAD,
      value: JSON.stringify(next),
      expect: record.version
    })
    if (version === undefined) {
      await this.#forget(body)
      return
    }
    this.#runs(version, next)
    for (const old of [head, ...head.before]) await this.#forget(old)
  }

  async #forget (body: Body): Promise<void> {
    await this.#line.call(async () => await this.#store.write({ kind: kindOf(body), name: 'text', value: undefined }))
      .catch(() => {})
  }

  async #readHead (): Promise<{ readonly head: Head, readonly record: SharedRecord } | undefined> {
    const record = (await this.#store.read(HEAD_KIND)).find(({ name }) => name === HEAD)
    if (record === undefined) return undefined
    const head = headOf(record.value)
    if (head === undefined) throw new WeirError('store-damaged', `the head of the configuration in ${this.#store.place} is not what a node has written: remove it, and a node writes it anew`)
    return { head, record }
  }

  async #loadShared (): Promise<SavedRevision | undefined> {
    const found = await this.#readHead()
    if (found === undefined) return undefined
    const saved = await this.#text(found.head)
    this.#runs(found.record.version, found.head)
    return saved
  }

  async #text (body: Body): Promise<SavedRevision> {
    const damaged = (why: string): WeirError => new WeirError('store-damaged', `revision ${body.revision} in ${this.#store.place} ${why}: change the configuration on a node that runs it, or remove the head`)
    const [record] = await this.#store.read(kindOf(body))
    if (record === undefined) throw damaged('is missing')
    if (hashOf(record.value) !== body.sha256) throw damaged('is not what a node has written')
    const opened = this.#keys.opened(record.value, nameOf(body.revision))
    if (typeof opened !== 'string')
      throw opened.damaged
        ? damaged(opened.why)
        : new WeirError('store-key', `revision ${body.revision} in ${this.#store.place} ${opened.why}`)
    try {
      return parseRevision(opened)
    } catch (error) {
      throw damaged(`cannot be read (${(error as Error).message})`)
    }
  }

  async #older (revision: number): Promise<SavedRevision | undefined> {
    const body = this.#head?.before.find(each => each.revision === revision)
    return body === undefined ? undefined : await this.#text(body).catch(() => undefined)
  }

  /** The node has it when the store is away at its next start. */
  async #keepOwn (): Promise<void> {
    if (this.#head === undefined) return
    try { await this.#own!.save(await this.#text(this.#head)) } catch (error) {
      this.#log.warn({ error: (error as Error).message }, 'the configuration of the cluster was not saved here')
    }
  }
}

const cannotRun = (error: WeirError, revision: number): WeirError =>
  error.code !== 'config-invalid'
    ? error
    : new WeirError(
      error.code,
      `revision ${revision} of the cluster cannot run on this node, whose Weir is ${version}; a node of a newer version may have written it: ${error.message}`,
      { issues: error.issues, cause: error }
    )

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
/** What a text is sealed as. */
const nameOf = (revision: number): string => `weir configuration ${revision}`

const kindOf = ({ revision, sha256 }: Body): string => `config-${revision}-${sha256.slice(0, 16)}`

const headOf = (text: string): Head | undefined => {
  try {
    const { revision, sha256, before } = JSON.parse(text) as Head
    const isBody = (body: Body): boolean => Number.isInteger(body.revision) && /^[0-9a-f]{64}$/.test(body.sha256)
    return isBody({ revision, sha256 }) && Array.isArray(before) && before.every(isBody)
      ? { revision, sha256, before }
      : undefined
  } catch {
    return undefined
  }
}
