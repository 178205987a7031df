import './overview.css'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { countText } from '../../format/numbers.ts'
import { durationText, timeText } from '../../format/times.ts'
import { go, hrefOf, place } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Name } from '../../ui/name.tsx'
import { isDark } from '../../ui/theme.ts'
import { ClusterBanners } from '../nodes/cluster-banners.tsx'
import { FigureCards } from './figure-cards.tsx'
import { HistoryModel } from './history-model.ts'
import { JobsPanel } from './jobs-panel.tsx'
import { loadOverview, type OverviewData } from './load-overview.ts'
import { PoolHealth } from './pool-health.tsx'
import { RefusalsPanel } from './refusals-panel.tsx'
import { VserverTable } from './vserver-table.tsx'

/** Reloads at most so often, however many events come. */
const RELOAD_MS = 3000
/** Jobs and the clock of the process have no events for each step. */
const REFRESH_MS = 15_000

/** The load of the last hour, live, and what needs somebody. */
export const Overview = (): JSX.Element => {
  const chosen = place.value.query.get('vserver') ?? undefined
  const data = useQuery(loadOverview)
  const model = useMemo(() => new HistoryModel(chosen), [chosen])
  useEffect(() => {
    void model.start()
    return () => { model.stop() }
  }, [model])

  const reload = useMemo(() => calmly(() => { void data.reload() }, RELOAD_MS), [data])
  useEvents(reload)
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) void data.reload() }, REFRESH_MS)
    return () => { clearInterval(timer) }
  }, [data])

  const { value: loaded, error } = data
  const overview = loaded.value
  return (
    <div class="stack">
      <Fault error={error.value} onRetry={() => { void data.reload() }} />
      <Fault error={model.error.value} onRetry={() => { void model.start() }} />
      {overview !== undefined && <Head overview={overview} chosen={chosen} />}
      {overview !== undefined && <Warnings overview={overview} />}
      {overview !== undefined && overview.vservers.length === 0 && <Welcome />}
      <FigureCards model={model} whole={chosen === undefined} theme={isDark() ? 'dark' : 'light'} />
      {overview !== undefined && overview.vservers.length > 0 && <VserverTable vservers={overview.vservers} model={model} chosen={chosen} />}
      {overview !== undefined && (
        <div class="overview-columns">
          <PoolHealth rows={overview.health} />
          <div class="stack">
            <RefusalsPanel model={model} />
            <JobsPanel jobs={overview.jobs} />
          </div>
        </div>
      )}
    </div>
  )
}

const Head = ({ overview: { server, vservers }, chosen }: { readonly overview: OverviewData, readonly chosen: string | undefined }): JSX.Element => (
  <div class="overview-head">
    <dl>
      <div><dt>Weir {server.version}</dt><dd><Badge state={server.status} /></dd></div>
      <div><dt>Workers</dt><dd>{countText(server.workers.filter(({ status }) => status === 'up').length)} of {countText(server.workers.length)} up</dd></div>
      <div><dt>Revision</dt><dd>{server.revision}</dd></div>
      <div><dt>Running for</dt><dd>{durationText(server.uptimeSeconds * 1000)}</dd></div>
    </dl>
    <div class="field">
      <label for="scope">Show</label>
      <select id="scope" class="input" value={chosen ?? ''} onChange={event => { go(hrefOf(['overview'], { vserver: event.currentTarget.value })) }}>
        <option value="">all user vservers</option>
        {vservers.map(({ name }) => <option key={name} value={name}>{name}</option>)}
      </select>
    </div>
  </div>
)

const Warnings = ({ overview: { server, cluster } }: { readonly overview: OverviewData }): JSX.Element => (
  <>
    {cluster !== undefined && <ClusterBanners cluster={cluster} />}
    {[...new Set(server.defending.map(({ userVserver }) => userVserver))].map(name => {
      const of = server.defending.filter(({ userVserver }) => userVserver === name)
      return (
        <div key={name} class="banner bad" role="status">
          <Icon name="warning" />
          <span class="grow">Defence mode: user vserver <Name text={name} /> takes fewer clients and is stricter with them, in {countText(of.length)} of {countText(Math.max(1, server.workers.length))} workers since {timeText(Math.min(...of.map(({ since }) => since)))}. Reason: {of[0]!.reason}.</span>
        </div>
      )
    })}
    {server.inactive.length > 0 && (
      <div class="banner warn" role="status">
        <Icon name="warning" />
        <span class="grow">{server.inactive.length === 1 ? 'A rule is' : `${server.inactive.length} rules are`} without effect: {server.inactive.slice(0, 3).map(({ entity, reason }) => `${entity}: ${reason}`).join('; ')}</span>
      </div>
    )}
  </>
)

const Welcome = (): JSX.Element => (
  <section class="panel">
    <Empty title="No user vserver yet">
      <p>A user vserver is the address where clients connect. It needs a user protocol, which names an extension, and an LB vserver with services behind it. This makes a proxy for MQTT:</p>
      <pre>{'weir exec "add user protocol MQTT -transport tcp -extension mqtt"\nweir exec "add service broker 127.0.0.1 TCP 1883"\nweir exec "add lb vserver brokers"\nweir exec "bind lb vserver brokers broker"\nweir exec "add user vserver mqtt MQTT 127.0.0.1 11883 -defaultLB brokers"'}</pre>
      <p>Its load is shown here as soon as the first client connects.</p>
    </Empty>
  </section>
)
