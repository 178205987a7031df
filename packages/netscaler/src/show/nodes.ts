import type { Weir } from '@weirlb/core'
import type { Call, Shown } from '../grammar/command.ts'
import { duration } from './amounts.ts'
import { table } from './layout.ts'

/** `show ns cluster`. */
export const showNodes = async (weir: Weir, call: Call): Promise<Shown> => {
  const { cluster } = await weir.health()
  if (cluster === undefined) return { text: 'This Weir is no node of a cluster\n', data: { items: [] } }
  const items = await weir.nodes()
  const text = table(
    [
      { title: 'NODE' },
      { title: 'VERSION' },
      { title: 'REVISION', right: true },
      { title: 'CLIENTS', right: true },
      { title: 'PROBES', right: true },
      { title: 'UP', right: true },
      { title: 'LAST SEEN', right: true }
    ],
    items.map((
      { name, version, revision, clients, probes, uptimeSeconds, lastSeenSeconds, self }
    ) => [
      `${name}${self ? ' *' : ''}`,
      version,
      String(revision),
      String(clients),
      String(probes),
      duration(uptimeSeconds),
      `${lastSeenSeconds.toFixed(1)} s ago`
    ]),
    call.context.columns
  )
  return { text: `Store: ${cluster.store} - ${cluster.state.toUpperCase()}\n${text}`, data: { items } }
}
