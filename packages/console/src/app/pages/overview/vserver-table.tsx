import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { bytesText, countText, msText, numberText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import type { FigureName, HistoryModel, SampleFigures } from './history-model.ts'
import type { VserverRow } from './load-overview.ts'

interface Row extends VserverRow { readonly figures: SampleFigures | undefined }

const figure = (key: FigureName, title: string, format: (value: number) => string): Column<Row> => ({
  key,
  title,
  right: true,
  order: ({ figures }) => figures?.[key] ?? -1,
  cell: ({ figures }) => {
    const value = figures?.[key] ?? undefined
    return value === undefined ? <span class="muted">–</span> : format(value)
  }
})

const columns: readonly Column<Row>[] = [
  { key: 'name', title: 'User vserver', order: ({ name }) => name, cell: ({ name }) => <a href={hrefOf(['overview'], { vserver: name })}><Name text={name} /></a> },
  { key: 'state', title: 'State', order: ({ state }) => state, cell: ({ state, reason }) => <Badge state={state} title={reason} /> },
  { key: 'protocol', title: 'Protocol', order: ({ protocol }) => protocol, cell: ({ protocol }) => <Name text={protocol} /> },
  { key: 'address', title: 'Address', cell: ({ address }) => <span class="mono">{address}</span> },
  figure('connections', 'Connections', countText),
  figure('accepted', 'Connects/s', numberText),
  figure('messages', 'Messages/s', numberText),
  figure('bytesIn', 'In/s', bytesText),
  figure('bytesOut', 'Out/s', bytesText),
  figure('refused', 'Refused/s', numberText),
  figure('connectMsP99', 'Connect p99', msText),
  figure('firstReplyMsP99', 'First reply p99', msText)
]

/** The latest figures of every user vserver. */
export const VserverTable = (
  { vservers, model, chosen }: {
    readonly vservers: readonly VserverRow[]
    readonly model: HistoryModel
    readonly chosen: string | undefined
  }
): JSX.Element => {
  const last = model.last.value
  const rows = useMemo(
    () =>
      vservers.map(vserver => ({
        ...vserver,
        figures: last !== undefined && Object.hasOwn(last.userVservers, vserver.name)
          ? last.userVservers[vserver.name]
          : undefined
      })),
    [vservers, last]
  )
  return (
    <section class="panel" aria-label="User vservers">
      <header><h2>User vservers</h2><span class="muted">{countText(vservers.length)}</span></header>
      <Table label="User vservers" columns={columns} rows={rows} keyOf={({ name }) => name} selected={chosen} sorting={{ key: 'connections', down: true }} />
    </section>
  )
}
