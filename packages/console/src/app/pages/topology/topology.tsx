import './topology.css'
import type { JSX } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { countedText, countText } from '../../format/numbers.ts'
import { go, hrefOf, place } from '../../router/router.ts'
import { Badge, toneOf } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Chip } from '../../ui/filter.tsx'
import { Name } from '../../ui/name.tsx'
import { nodeKinds, shownOf, type GraphNode, type NodeKind, type Shown } from './graph.ts'
import { Lines } from './lines.tsx'
import { loadTopology } from './load-topology.ts'
import { NodeDetail } from './node-detail.tsx'

const RELOAD_MS = 3000

/** Titles of the columns. */
const titles: Readonly<Record<NodeKind, string>> = {
  userVserver: 'User vservers',
  glb: 'GLBs',
  lbVserver: 'LB vservers',
  service: 'Services'
}

const urgency = { bad: 0, warn: 1, good: 2, calm: 3 } as const

/** What leads where, with the open connections on the ways. */
export const Topology = (): JSX.Element => {
  const { rest, query: address } = place.value
  const chosen = rest.length === 2 ? rest.join('/') : undefined
  const focus = address.get('focus') ?? undefined
  const loaded = useQuery(loadTopology)
  useRefresh(loaded)
  useEvents(useMemo(() => calmly(() => { void loaded.reload() }, RELOAD_MS), [loaded]))

  const { value: topology } = loaded.value
  const shown = useMemo(
    () => topology === undefined ? undefined : shownOf(topology.graph, focus, state => urgency[toneOf(state)]),
    [topology, focus]
  )
  return (
    <div class="with-detail" data-open={chosen !== undefined}>
      <div class="stack">
        <Fault error={loaded.error.value} onRetry={() => { void loaded.reload() }} />
        {topology !== undefined && (
          <div class="bar">
            {focus !== undefined && <Chip name="focus" value={focus} onRemove={() => { go(hrefOf(['topology', ...rest])) }} />}
            <span class="muted" role="status">{topology.truncated ? `The first ${countText(topology.counted)} connections are counted` : countedText(topology.counted, 'connection')}</span>
          </div>
        )}
        {shown !== undefined && (shown.nodes.size === 0
          ? <section class="panel"><Empty title="Nothing is configured"><p>A user vserver takes clients, an LB vserver balances them, and services are the servers. What you add is drawn here, with the connections on its lines.</p></Empty></section>
          : <Drawing shown={shown} chosen={chosen} focus={focus} />)}
      </div>
      {chosen !== undefined && topology !== undefined && <NodeDetail key={chosen} id={chosen} node={topology.graph.nodes.get(chosen)} focus={focus} />}
    </div>
  )
}

const Drawing = (
  { shown, chosen, focus }: {
    readonly shown: Shown
    readonly chosen: string | undefined
    readonly focus: string | undefined
  }
): JSX.Element => {
  const frame = useRef<HTMLDivElement>(null)
  const kinds = nodeKinds.filter(kind => kind !== 'glb' || [...shown.nodes.values()].some(node => node.kind === 'glb'))
  return (
    <div class="topology-frame"><div class="topology" ref={frame} style={{ '--columns': String(kinds.length) }}>
      <Lines frame={frame} shown={shown} chosen={chosen} />
      {kinds.map(kind => {
        const nodes = [...shown.nodes.values()].filter(node => node.kind === kind)
        const hidden = shown.hidden[kind]
        return (
          <section key={kind} aria-label={titles[kind]}>
            <h2>{titles[kind]} <span class="muted">{countText(nodes.length + (hidden ?? 0))}</span></h2>
            <ul>
              {nodes.map(node => <li key={node.id}><Card node={node} shown={shown} chosen={chosen} focus={focus} /></li>)}
              {nodes.length === 0 && <li class="muted">none yet</li>}
            </ul>
            {hidden !== undefined && <p class="muted">{countText(hidden)} more. Those that are not up, and the busiest, are drawn; choose a node and <em>focus</em> on it.</p>}
          </section>
        )
      })}
    </div></div>
  )
}

const Card = (
  { node: { id, kind, name, state, reason, note, connections }, shown, chosen, focus }: {
    readonly node: GraphNode
    readonly shown: Shown
    readonly chosen: string | undefined
    readonly focus: string | undefined
  }
): JSX.Element => {
  const next = shown.edges.filter(({ from }) => from === id)
  return (
    <a class={`node ${toneOf(state)}`} id={`node-${id}`} data-node={id} href={hrefOf(['topology', kind, name], { focus })} aria-current={id === chosen ? 'true' : undefined}>
      <span class="title"><Name text={name} /><span class="count" title="open connections">{countText(connections)}</span></span>
      <span class="note muted">{note}</span>
      <Badge state={state} title={reason} />
      {next.length > 0 && <span class="next muted">leads to {next.map(({ to, connections }) => `${shown.nodes.get(to)!.name} (${countText(connections)})`).join(', ')}</span>}
    </a>
  )
}
