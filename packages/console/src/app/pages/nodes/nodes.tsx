import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { countedText, countText } from '../../format/numbers.ts'
import { durationText } from '../../format/times.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { clusterOf, type ClusterData } from './load-cluster.ts'
import { NodeWatch, type NodeRow } from './node-watch.ts'
import { StorePanel } from './store-panel.tsx'

const RELOAD_MS = 500

const load = async (): Promise<{ readonly cluster: ClusterData | undefined }> => ({ cluster: await clusterOf((await call('getHealth')).body) })

/** The Weirs that share their sessions with this one. */
export const Nodes = (): JSX.Element => {
  const query = useQuery(load)
  useEvents(useMemo(() => calmly(() => { void query.reload() }, RELOAD_MS), [query]))
  useRefresh(query)
  const loaded = query.value.value
  return (
    <div class="stack">
      <Fault error={query.error.value} onRetry={() => { void query.reload() }} />
      {loaded !== undefined && (loaded.cluster === undefined ? <Alone /> : <Together cluster={loaded.cluster} />)}
    </div>
  )
}

const Together = ({ cluster: { status, nodes, error } }: { readonly cluster: ClusterData }): JSX.Element => {
  const watch = useMemo(() => ({ of: new NodeWatch(status.configuration === 'shared'), last: [] as readonly NodeRow[] }), [status.configuration])
  // What was known of them stays while the store is away.
  const rows = useMemo(() => nodes === undefined ? watch.last : watch.last = watch.of.see(nodes, performance.now()), [watch, nodes])
  const here = rows.filter(({ state }) => state !== 'gone')
  const versions = new Set(here.map(({ version }) => version)).size
  return (
    <>
      <StorePanel status={status} />
      <section class="panel" aria-label="Nodes">
        <header>
          <h2>Nodes</h2>
          {versions > 1 && <Badge state="degraded" word={`${versions} versions`} />}
          {nodes === undefined
            ? <span class="muted">as they were when the store last answered</span>
            : <span class="muted">{countedText(here.length, 'node')}, {countedText(here.reduce((sum, { clients }) => sum + clients, 0), 'client')}</span>}
        </header>
        <Fault error={status.state === 'away' ? undefined : error} />
        {rows.length > 0 && <Table label="Nodes" columns={columns} rows={rows} keyOf={({ name }) => name} sorting={{ key: 'name', down: false }} selected={rows.find(({ self }) => self)?.name} />}
      </section>
    </>
  )
}

const columns: readonly Column<NodeRow>[] = [
  { key: 'name', title: 'Node', order: ({ name }) => name, cell: ({ name, self }) => <><Name text={name} />{self && <span class="muted"> (this one)</span>}</> },
  { key: 'state', title: 'State', order: ({ state }) => state, cell: ({ state, reason }) => <Badge state={state} title={reason === '' ? undefined : reason} /> },
  { key: 'version', title: 'Version', order: ({ version }) => version, cell: ({ version }) => <span class="mono">{version}</span> },
  { key: 'revision', title: 'Revision', right: true, order: ({ revision }) => revision, cell: ({ revision }) => countText(revision) },
  { key: 'clients', title: 'Clients', right: true, order: ({ clients }) => clients, cell: ({ clients }) => countText(clients) },
  { key: 'uptime', title: 'Running for', right: true, order: ({ uptimeSeconds }) => uptimeSeconds, cell: ({ uptimeSeconds, state }) => state === 'gone' ? <span class="muted">–</span> : durationText(uptimeSeconds * 1000) },
  { key: 'seen', title: 'Last seen', right: true, order: ({ lastSeenSeconds }) => lastSeenSeconds, cell: ({ lastSeenSeconds }) => `${durationText(lastSeenSeconds * 1000)} ago` },
  { key: 'reason', title: 'What is wrong', cell: ({ reason }) => <span title={reason}>{reason}</span> }
]

const Alone = (): JSX.Element => (
  <section class="panel">
    <Empty title="This Weir is no node of a cluster">
      <p>Several Weirs that share a store lead a client to its server through any of them, and have one configuration, one list of bans and one count for rate limits. Start each with the address of a Redis or Valkey server, and a name of its own:</p>
      <pre>weir serve --cluster redis://127.0.0.1:6379 --node a</pre>
      <p>The nodes are shown here as soon as they have joined. The first one brings its configuration; later ones run what the cluster has.</p>
    </Empty>
  </section>
)
