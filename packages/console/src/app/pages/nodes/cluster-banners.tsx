import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { hrefOf } from '../../router/router.ts'
import { Icon } from '../../ui/icon.tsx'
import { Name } from '../../ui/name.tsx'
import type { ClusterData } from './load-cluster.ts'
import { NodeWatch } from './node-watch.ts'

/**
 * What people have to know of the cluster while they look at something else: the store, and nodes that do not follow.
 */
export const ClusterBanners = ({ cluster: { status, nodes } }: { readonly cluster: ClusterData }): JSX.Element => {
  const watch = useMemo(() => new NodeWatch(status.configuration === 'shared'), [status.configuration])
  const lagging = useMemo(() => watch.see(nodes ?? [], performance.now()), [watch, nodes]).filter(({ state }) =>
    state === 'refuses' || state === 'behind'
  )
  return (
    <>
      {status.state !== 'up' && (
        <div class={`banner ${status.state === 'away' ? 'bad' : 'warn'}`} role="status">
          <Icon name="warning" />
          <span class="grow">
            {status.state === 'away'
              ? <>The shared store is away: {status.reason}. This node goes on with what it knows; new sessions, bans and changes of the configuration are not shared.</>
              : 'The shared store is back, and this node tells it what it holds.'}
            {' '}<a href={hrefOf(['nodes'])}>Nodes</a>
          </span>
        </div>
      )}
      {lagging.map(({ name, self, state, reason }) => (
        <div key={name} class={`banner ${state === 'refuses' ? 'bad' : 'warn'}`} role="status">
          <Icon name="warning" />
          <span class="grow">Node <Name text={name} />{self ? ', which is this one,' : ''} does not follow the configuration of the cluster. {reason} <a href={hrefOf(['nodes'])}>Nodes</a></span>
        </div>
      ))}
    </>
  )
}
