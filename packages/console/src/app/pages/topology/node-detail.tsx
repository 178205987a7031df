import type { JSX } from 'preact'
import { useQuery } from '../../api/query.ts'
import { countedText } from '../../format/numbers.ts'
import { durationText, timeText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Name } from '../../ui/name.tsx'
import type { GraphNode } from './graph.ts'
import { loadNode, type NodeEvent } from './load-node.ts'

const kindWords = { userVserver: 'user vserver', glb: 'GLB', lbVserver: 'LB vserver', service: 'service' } as const

/** A node: its state, and the way to its connections, sessions, events and configuration. */
export const NodeDetail = (
  { id, node, focus }: { readonly id: string, readonly node: GraphNode | undefined, readonly focus: string | undefined }
): JSX.Element => {
  const back = hrefOf(['topology'], { focus })
  return (
    <section class="panel detail" aria-label="Node">
      <header>
        <h2><Name text={node?.name ?? id} /></h2>
        <a class="button quiet icon" href={back} aria-label="Close"><Icon name="close" /></a>
      </header>
      {node === undefined
        ? <Empty title="It is gone"><p>Somebody has deleted it, or it never was.</p></Empty>
        : <Known node={node} focus={focus} />}
    </section>
  )
}

const Known = ({ node, focus }: { readonly node: GraphNode, readonly focus: string | undefined }): JSX.Element => {
  const { id, kind, name, group, state, reason, note, connections } = node
  const loaded = useQuery(() => loadNode(node), id)
  const { value: detail } = loaded.value
  return (
    <div class="body stack">
      <dl class="facts">
        <dt>Kind</dt><dd>{group ? 'service group' : kindWords[kind]}{note !== '' && `, ${note}`}</dd>
        <dt>State</dt><dd><Badge state={state} /> {reason}</dd>
        <dt>Connections</dt><dd>{countedText(connections, 'connection')} now</dd>
      </dl>
      <div class="bar">
        {kind === 'userVserver' && <a class="button" href={hrefOf(['connections'], { userVserver: name })}>Connections</a>}
        {kind === 'service' && !group && <a class="button" href={hrefOf(['connections'], { service: name })}>Connections</a>}
        {kind === 'lbVserver' && <a class="button" href={hrefOf(['sessions'], { lbVserver: name })}>Sessions</a>}
        {kind === 'glb' && <a class="button" href={hrefOf(['sessions'], { lbVserver: `glb/${name}` })}>Sessions</a>}
        {kind === 'service' && <a class="button" href={hrefOf(['sessions'], { service: name })}>Sessions</a>}
        {kind === 'userVserver' && <a class="button" href={hrefOf(['overview'], { vserver: name })}>Load</a>}
        {focus === id ? <a class="button quiet" href={hrefOf(['topology', kind, name])}>Show all</a> : <a class="button quiet" href={hrefOf(['topology', kind, name], { focus: id })}>Focus</a>}
      </div>
      <Fault error={loaded.error.value} />
      {detail !== undefined && (
        <>
          <div>
            <h3>Events</h3>
            {detail.events.length === 0
              ? <p class="muted">{kind === 'service' ? 'Its health has not changed since Weir started.' : 'None that was reported.'}</p>
              : <ul class="stack events">{detail.events.map(event => <EventText key={event.key} event={event} />)}</ul>}
          </div>
          <div>
            <h3>Configuration</h3>
            <pre class="configuration" tabIndex={0} role="region" aria-label="Configuration">{JSON.stringify(detail.configuration, undefined, 2)}</pre>
          </div>
        </>
      )}
    </div>
  )
}

const EventText = ({ event: { time, state, text, lastedMs } }: { readonly event: NodeEvent }): JSX.Element => (
  <li>
    <div class="bar"><Badge state={state} /><span class="muted">{timeText(time)}</span></div>
    <div class="name">{text}{lastedMs !== undefined && <span class="muted"> after {durationText(lastedMs)}</span>}</div>
  </li>
)
