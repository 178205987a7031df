import type { Connection, SecurityEvents, Session } from '@weirlb/admin/client'
import { call } from '../../api/api.ts'
import { confirm } from '../../ui/confirm.tsx'
import { toast } from '../../ui/toast.tsx'

/** A connection, and what is known around it. */
export interface Story {
  readonly connection: Connection
  /** Extension that serves it; undefined: none does. */
  readonly extension: string | undefined
  /** Balancing method of its LB vserver. */
  readonly method: string | undefined
  /** Entry of its session key. */
  readonly entry: Session | undefined
  readonly decisions: SecurityEvents['items']
}

/** A part that is gone meanwhile is left out: the connection is what matters. */
const orNone = async <T>(asked: Promise<T>): Promise<T | undefined> => await asked.catch(() => undefined)

/** Ask the API for all of it. */
export const loadStory = async (id: string): Promise<Story> => {
  const connection = (await call('getConnection', { path: { id } })).body
  const { userVserver, lbVserver, session } = connection
  const [vserver, lb, sessions, decisions] = await Promise.all([
    orNone(call('getUserVserver', { path: { name: userVserver } })),
    lbVserver === undefined ? undefined : orNone(call('getLbVserver', { path: { name: lbVserver } })),
    lbVserver === undefined || session === undefined
      ? undefined
      : orNone(call('listSessions', { query: { lbVserver, key: session, limit: 10 } })),
    orNone(call('listSecurityEvents', { query: { connection: id, limit: 50 } }))
  ])
  const protocol = connection.protocol ?? vserver?.body.protocol
  const extension = protocol === undefined
    ? undefined
    : (await orNone(call('getUserProtocol', { path: { name: protocol } })))?.body.extension
  return {
    connection,
    extension,
    method: lb?.body.method,
    entry: sessions?.body.items[0],
    decisions: decisions?.body.items ?? []
  }
}

/** Ask whether an entry of the session table shall go, and delete it. */
export const unpin = ({ lbVserver, type, key, service, connections }: Session, onDone: () => void): void => {
  confirm({
    title: 'Unpin this session?',
    text: `The next connection of ${key} is balanced anew, and may get another service than ${service}. ${
      connections === 0 ? 'Nobody holds it now.' : 'Open connections stay where they are.'
    }`,
    verb: 'Unpin it',
    run: async () => {
      await call('deleteSessions', { query: { lbVserver, type, key } })
      toast(`The session ${key} is unpinned.`)
      onDone()
    }
  })
}
