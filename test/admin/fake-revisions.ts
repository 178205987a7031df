import { diffConfig, emptyConfig, WeirError, type Config } from '@weirlb/model'
import type { RevisionAuthor, RevisionHistory, Weir } from 'weirlb'
import { match } from './fake-etag.ts'

/** What the history needs of a FakeWeir. */
interface Owner {
  readonly running: Config
  readonly revision: number
  readonly author: RevisionAuthor | undefined
  readonly config: Weir['config']
}

/** A history that has only the running configuration. */
export const fakeRevisions = (weir: Owner): RevisionHistory => {
  const kept = (id: number): number => {
    if (id !== weir.revision) throw new WeirError('not-found', `no revision ${id} is kept; there are: ${weir.revision}`)
    return id
  }
  const list: RevisionHistory['list'] =
    async () => [{ id: weir.revision, savedAt: '2030-01-01T00:00:00.000Z', current: true, author: weir.author }]
  return {
    list,
    get: async id => ({ ...(await list())[0]!, id: kept(id), config: weir.running }),
    diff: async (id, from = 0) => ({ from, to: kept(id), changes: diffConfig(emptyConfig(), weir.running) }),
    rollback: async (id, options = {}) => {
      kept(id)
      match(options, weir.running)
      return weir.config.get()
    }
  }
}
