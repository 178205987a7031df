import type { JSX } from 'preact'
import { call } from '../../api/api.ts'
import { useHits } from '../../api/hits.ts'
import { BudgetsPanel, type Budget } from '../../code/budgets-panel.tsx'
import { bytesText, countText, msText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { confirm } from '../../ui/confirm.tsx'
import { DecisionsChart } from '../../ui/decisions-chart.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Name } from '../../ui/name.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { toast } from '../../ui/toast.tsx'
import { failuresOf, meanMsOf, type FunctionFigures, type FunctionRow } from './load-functions.ts'

const MIB = 1024 * 1024

const budgets: readonly Budget<FunctionFigures>[] = [
  { group: 'limits', field: 'cpuMs', title: 'CPU time of a request, ms', used: figures => { const mean = meanMsOf(figures) ?? 0; return { amount: mean, text: `${msText(mean)} on average` } } },
  { group: 'limits', field: 'heapMb', title: 'Heap of an isolate, MiB', used: ({ heapBytes, up, down }) => { const each = heapBytes / Math.max(1, up + down); return { amount: each / MIB, text: `${bytesText(each)} now` } } },
  { group: 'limits', field: 'bodyBytes', title: 'Largest body of a response, bytes' },
  {
    group: 'strikes',
    field: 'failures',
    title: 'Strikes that take it out of service',
    used: ({ strikes }) => ({ amount: strikes, text: `${countText(strikes)} now` })
  },
  { group: 'strikes', field: 'windowSeconds', title: 'Within, s' },
  { group: 'strikes', field: 'downSeconds', title: 'Out of service for, s' }
]

/** What an edge function decides, how often it fails, its versions, and its budgets. */
export const CountsTab = (
  { row: { edgeFunction, figures, triggers }, reload }: {
    readonly row: FunctionRow
    readonly reload: () => Promise<void>
  }
): JSX.Element => {
  const { name, status } = edgeFunction
  const previous = status?.previous?.at(0)
  const rollBack = (): void => {
    confirm({
      title: `Roll back to version ${String(previous)}?`,
      text: `New requests are decided by version ${String(previous)} of ${name}.`,
      verb: 'Roll back',
      async run () {
        await call('rollbackEdgeFunction', { path: { name } })
        toast(`New requests are decided by version ${String(previous)} of ${name}.`)
        await reload()
      }
    })
  }
  return (
    <div class="half-columns">
      <div class="stack">
        <section class="panel" aria-label="Decisions">
          <header><h2>Decisions</h2></header>
          {triggers.length === 0
            ? <Empty title="Nothing asks it"><p>A trigger names the hosts and paths whose requests it decides on.</p><a href={hrefOf(['configuration', 'triggers', '+'], { from: 'functions', value: JSON.stringify({ function: name }) })}>Make a trigger</a></Empty>
            : figures !== undefined && <div class="body stack"><Counts name={name} figures={figures} /><DecisionsChart kind="edge-function" name={name} /></div>}
        </section>
        <section class="panel" aria-label="Versions">
          <header>
            <h2>Versions</h2>
            <button type="button" class="button" disabled={previous === undefined} onClick={rollBack}>{previous === undefined ? 'Nothing to roll back to' : `Roll back to v${previous}`}</button>
          </header>
          <dl class="body facts">
            <dt>Decides now</dt><dd>v{status?.version}</dd>
            <dt>Before</dt><dd>{status?.previous === undefined || status.previous.length === 0 ? 'none' : status.previous.map(version => `v${version}`).join(', ')}</dd>
            <dt>Triggers</dt><dd>{triggers.length === 0 ? 'none' : triggers.map(trigger => <div key={trigger.name}><a href={hrefOf(['configuration', 'triggers', trigger.name], { from: 'functions' })}><Name text={trigger.name} /></a> <span class="mono muted"><Name text={trigger.pattern} /></span></div>)}</dd>
            <dt>When it fails</dt><dd><p>{edgeFunction.failOpen ? 'requests pass' : 'requests get 503'}. <a href={hrefOf(['configuration', 'edgeFunctions', name], { from: 'functions' })}>Change it</a></p></dd>
          </dl>
        </section>
      </div>
      <BudgetsPanel
        name={name} budgets={budgets} limits={edgeFunction} figures={figures}
        save={async body => {
          await call('patchEdgeFunction', { path: { name }, body })
          await reload()
        }}
      />
    </div>
  )
}

const Counts = ({ name, figures }: { readonly name: string, readonly figures: FunctionFigures }): JSX.Element => {
  const rates = useHits(({ edgeFunctions }) => {
    const now = Object.hasOwn(edgeFunctions, name) ? edgeFunctions[name]! : figures
    return { allowed: now.allowed, responded: now.responded, failed: failuresOf(now) }
  }).value
  const line = (key: string): JSX.Element => <Sparkline rates={rates.get(key)?.rates ?? []} />
  const { allowed, responded, failures, failedOpen, runs, waiting, requests, rebuilds, decisionMs: { p50, p99 } } =
    figures
  const mean = meanMsOf(figures)
  const failed = Object.entries(failures).filter(([, count]) => count > 0)
  return (
    <>
      <dl class="counts" aria-label="Counts">
        <div><dt>Let pass</dt><dd>{countText(allowed)}</dd><dd class="rate">{line('allowed')}/s</dd></div>
        <div><dt>Answered itself</dt><dd>{countText(responded)}</dd><dd class="rate">{line('responded')}/s</dd></div>
        <div><dt>Failed</dt><dd>{countText(failuresOf(figures))}</dd><dd class="rate">{line('failed')}/s</dd></div>
      </dl>
      <dl class="facts">
        <dt>Runs</dt><dd>{countText(runs)}, of {countText(requests)} requests: those that wait are one run</dd>
        <dt>Waiting now</dt><dd>{countText(waiting)}</dd>
        <dt>Time in the sandbox</dt><dd>{mean === undefined ? '–' : `${msText(mean)} a request on average`}</dd>
        <dt>Until the decision</dt><dd>{p50 === undefined ? '–' : `${msText(p50)} for half of the requests, ${msText(p99 ?? p50)} for 99 of 100`}</dd>
        <dt>Failures</dt><dd>{failed.length === 0 ? 'none' : failed.map(([failure, count]) => `${failure} ${countText(count)}`).join(', ')}{failedOpen > 0 && `; ${countText(failedOpen)} of these requests passed`}</dd>
        {rebuilds > 0 && <><dt>Reloads</dt><dd>{countText(rebuilds)} after failures</dd></>}
      </dl>
    </>
  )
}
