import type { JSX } from 'preact'
import { Badge } from '../../ui/badge.tsx'
import { Name } from '../../ui/name.tsx'
import type { ClusterData } from './load-cluster.ts'

const meanings = {
  up: 'The nodes share all sessions.',
  away: 'It does not take what this node sends. Clients are led by what this node knows, and new keys to where every node would lead them. Changes of a shared configuration are refused.',
  agreeing: 'It is back, and this node tells it what it holds.'
} as const

/** Where the nodes keep what they share, and how it is from here. */
export const StorePanel = ({ status: { store, state, reason, configuration, memoryUsed, nearlyFull } }: { readonly status: ClusterData['status'] }): JSX.Element => (
  <section class="panel" aria-label="Shared store">
    <header><h2>Shared store</h2><Badge state={state} /></header>
    <dl class="body facts">
      <dt>Address</dt><dd class="mono"><Name text={store} /></dd>
      <dt>State</dt><dd>{meanings[state]}</dd>
      {reason !== '' && [<dt key="term">Reason</dt>, <dd key="reason">{reason}</dd>]}
      {memoryUsed !== undefined && [<dt key="memory">Memory</dt>, <dd key="used">{`${Math.round(memoryUsed * 100)} % of its limit is used${nearlyFull !== true ? '' : '; a full store takes nothing, and counts as away'}.`}</dd>]}
      <dt>Configuration</dt><dd>{configuration === 'shared' ? 'One for all nodes: each of them takes changes.' : 'Each node has its own; sessions, bans and rate limits are shared.'}</dd>
    </dl>
  </section>
)
