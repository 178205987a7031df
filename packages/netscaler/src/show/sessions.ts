import type { SessionDeletion, Weir } from '@weirlb/core'
import { WeirError } from '@weirlb/model'
import type { Call, Shown } from '../grammar/command.ts'
import { capitals } from '../words/capitals.ts'
import { DEFAULT_ROWS, MAX_ROWS } from './connection-table.ts'
import { table } from './layout.ts'

/** `show lb persistentSessions [<vServer>] [-limit <rows>]`. */
export const showSessions = async (weir: Weir, call: Call): Promise<Shown> => {
  const lbVserver = call.given.get('vServer')?.value as string | undefined
  const limit = Math.min(MAX_ROWS, (call.given.get('limit')?.value as number | undefined) ?? DEFAULT_ROWS)
  if (lbVserver !== undefined && !lbVserver.startsWith('glb/')) weir.lbVservers.require(lbVserver)
  const found = await weir.sessions.list({ lbVserver, limit: limit + 1 })
  const entries = found.slice(0, limit)
  const text = table(
    [{ title: 'TYPE' }, { title: 'VSNAME' }, { title: 'SERVICE' }, { title: 'TIMEOUT', right: true }, { title: 'REF-COUNT', right: true }, { title: 'PERSISTENCE-PARAMETER' }],
    entries.map(({ lbVserver, type, key, service, connections, expiresInSeconds }) => [capitals(type), lbVserver, service, expiresInSeconds === undefined ? '-' : String(Math.ceil(expiresInSeconds)), String(connections), key]),
    call.context.columns
  )
  const truncated = found.length > limit
  return {
    text: `${text}${truncated ? `There are more than ${limit}; -limit <rows> shows others.\n` : ''}`,
    data: { items: entries, truncated }
  }
}

/** `clear lb persistentSessions [<vServer>] [-persistenceParameter <key>]`. */
export const clearSessions = async (weir: Weir, call: Call): Promise<Shown> => {
  const lbVserver = call.given.get('vServer')?.value as string | undefined
  const key = call.given.get('persistenceParameter')?.value as string | undefined
  if (lbVserver !== undefined && !lbVserver.startsWith('glb/')) weir.lbVservers.require(lbVserver)
  if (lbVserver === undefined && key !== undefined)
    throw new WeirError('command-invalid', '-persistenceParameter needs the name of an LB vserver')
  const deleted = await weir.sessions.delete(
    (lbVserver === undefined ? { all: true } : { lbVserver, ...key === undefined ? {} : { key } }) as SessionDeletion
  )
  return { text: `${deleted} ${deleted === 1 ? 'entry' : 'entries'} cleared\n`, data: { deleted } }
}
