import { defaultPersistenceCookie, httpServices, type Persistence, type ServiceType, typesOf } from '@weirlb/model'
import { affinityCookie, type CookieKeys } from '@weirlb/link'
import type { SessionDirectory } from '../persistence/session-directory.ts'
import { keyToText } from '../persistence/session-key.ts'
import { storesEntries } from '../persistence/stores-entries.ts'
import { Keeping } from './keeping.ts'
import type { TriedPersistence } from './lb-explanation.ts'
import { type Marked, Marks } from './marks.ts'
import { type KeySettings, type KeySource, noCookie } from './persistences.ts'

/** A client, or one of its messages, on its way to its entry. */
export interface Kept extends KeySource {
  /** The type of persistence that has a key for it, and the key; both are set by `lookUp`. */
  keeping: Keeping | undefined
  key: string | undefined
  /** The same for a request whose response may set cookies. */
  readonly marked: Marked | undefined
}

/** The types of persistence of an LB vserver or a GLB, in the order in which they are asked. */
export class Keepings {
  #all: readonly Keeping[] = []
  #marks: Marks | undefined
  /** The table of the keys that the extension names; undefined: there is none. */
  sessions: Keeping | undefined
  readonly #balancer: string
  readonly #directory: SessionDirectory
  readonly #cookieKeys: CookieKeys

  /** `balancer`: an LB vserver, or a GLB as `affinityOf` names it. */
  constructor (balancer: string, directory: SessionDirectory, cookieKeys: CookieKeys) {
    this.#balancer = balancer
    this.#directory = directory
    this.#cookieKeys = cookieKeys
  }

  /** `names`: of the services or pools. A type that stays keeps its table. */
  configure (persistence: Persistence, serviceType: ServiceType, names: readonly string[]): void {
    const types = typesOf(persistence)
    const cookie = persistence.cookie ?? defaultPersistenceCookie
    const settings: KeySettings = {
      persistence,
      cookie: affinityCookie(this.#balancer, cookie),
      cookieKeys: this.#cookieKeys
    }
    const present = this.#all
    this.#all = types.filter(type => storesEntries(type, serviceType)).map(type => {
      const rank = types.indexOf(type)
      const same = present.find(each => each.type === type && each.rank === rank)
      same?.configure(settings)
      return same ?? new Keeping(type, rank, this.#balancer, settings, this.#directory)
    })
    this.sessions = this.#all.find(({ type }) => type === 'user-session')
    const rank = httpServices.has(serviceType) ? types.indexOf('cookie') : -1
    this.#marks = rank < 0 ? undefined : new Marks(rank, this.#balancer, cookie, names, this.#cookieKeys)
  }

  /** True if clients are kept by entries. */
  get any (): boolean { return this.#all.length > 0 }

  /** Sets the key of a client, and the type that has it. Returns false if no type has a key for it. */
  lookUp (kept: Kept): boolean {
    for (const keeping of this.#all) {
      const key = keeping.key(kept)
      if (key === undefined) continue
      kept.keeping = keeping
      kept.key = key
      return true
    }
    return false
  }

  /** Returns the service or pool in the cookie of a request, where the cookie decides. */
  nameIn (kept: Kept): string | undefined {
    const marks = this.#marks
    if (marks === undefined || kept.marked === undefined || (marks.rank > 0 && this.#all[0]!.key(kept) !== undefined))
      return undefined
    return marks.nameIn(kept.headers)
  }

  /** A client goes to this service or pool: a response to a request sets its cookie. */
  mark (kept: Kept, name: string): void {
    if (this.#marks !== undefined && kept.marked !== undefined) this.#marks.mark(kept.marked, kept.headers, name)
  }

  /**
   * Reports what each type knows about a client, up to the first with a key. `takes`: true for a name that a client
   * can be led to. `told` is called before this returns if no table has to be asked.
   */
  explain (
    source: KeySource,
    takes: (name: string) => boolean,
    told: (tried: readonly TriedPersistence[]) => void
  ): void {
    const tried: TriedPersistence[] = []
    const ranks = [...this.#all, ...(this.#marks === undefined ? [] : [this.#marks])].toSorted((a, b) =>
      a.rank - b.rank
    )
    for (const each of ranks) {
      if (each instanceof Marks) {
        const entry = each.nameIn(source.headers)
        tried.push({
          type: 'cookie',
          key: undefined,
          ...outcome(entry, takes, () => noCookie(source.headers, each.cookie.name))
        })
        if (entry === undefined) continue
        break
      }
      const { type } = each
      const key = each.key(source)
      if (key === undefined) {
        tried.push({ type, key: undefined, entry: undefined, used: false, why: each.why(source) })
        continue
      }
      each.find(key, {
        onFound: entry => {
          told([...tried, { type, key: keyToText(key), ...outcome(entry, takes, () => 'its key has no entry') }])
        }
      })
      return
    }
    told(tried)
  }
}

const outcome = (
  entry: string | undefined,
  takes: (name: string) => boolean,
  none: () => string
): Pick<TriedPersistence, 'entry' | 'used' | 'why'> => {
  const used = entry !== undefined && takes(entry)
  return { entry, used, why: entry === undefined ? none() : used ? undefined : `'${entry}' cannot be taken now` }
}
