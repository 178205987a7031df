import './rules.css'
import type { Rule } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { call, wordsOf } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { countText, numberText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { toast } from '../../ui/toast.tsx'
import { HitsModel } from './hits-model.ts'
import { inOrder, reorder } from './rule-order.ts'
import { TestPanel } from './test-panel.tsx'

const RELOAD_MS = 1000
/** How often hits are counted. */
const HITS_MS = 5000

/** Rules in the order in which they are looked at, what they hit, and what they would decide. */
export const Rules = (): JSX.Element => {
  const query = useQuery(async () => inOrder((await call('listRules')).body.items))
  const hits = useMemo(() => new HitsModel(), [])
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  useEffect(() => {
    const count = (): void => { if (!document.hidden) call('getStats').then(({ body }) => { hits.add(body.rules, performance.now()) }, () => {}) }
    count()
    const timer = setInterval(count, HITS_MS)
    return () => { clearInterval(timer) }
  }, [hits])
  const rules = query.value.value
  const move = async (from: number, to: number): Promise<void> => {
    if (rules === undefined || to < 0 || to >= rules.length || from === to) return
    try {
      const changes = reorder(rules, from, to).map(({ name, priority }) => ({ action: 'patch', collection: 'rules', name, value: { priority } }) as const)
      if (changes.length > 0) await call('runTransaction', { body: { changes } as never })
      query.reload()
    } catch (error) {
      toast(wordsOf(error), 'bad')
    }
  }
  return (
    <div class="stack">
      <Fault error={query.error.value} onRetry={query.reload} />
      <section class="panel" aria-label="Rules">
        <header>
          <h2>Rules</h2>
          <a class="button primary" href={hrefOf(['configuration', 'rules', '+'])}>New</a>
        </header>
        {rules !== undefined && (rules.length === 0
          ? <Empty title="No rules yet"><p>A rule looks at clients, requests and messages, and blocks, challenges, bans, slows or logs those that its expression is about. Begin with one in state <code>simulated</code>: it counts, and has no effect.</p></Empty>
          : <RuleList rules={rules} hits={hits} move={move} />)}
      </section>
      <TestPanel />
    </div>
  )
}

const RuleList = ({ rules, hits, move }: { readonly rules: readonly Rule[], readonly hits: HitsModel, readonly move: (from: number, to: number) => Promise<void> }): JSX.Element => {
  const [dragged, setDragged] = useState<number | undefined>(undefined)
  const [over, setOver] = useState<number | undefined>(undefined)
  const counted = hits.counted.value
  return (
    <div class="rule-scroll" tabIndex={0} role="region" aria-label="List of rules">
      <table class="rule-list" aria-label="Rules in their order">
        <thead><tr><th scope="col">Order</th><th scope="col">Name</th><th scope="col">State</th><th scope="col">Action</th><th scope="col">Expression</th><th scope="col" class="right">Hits</th><th scope="col" class="right">Hits/s</th></tr></thead>
        <tbody>
          {rules.map(({ name, state, action, expression, priority }, at) => (
            <tr
              key={name} class={over === at ? 'over' : undefined}
              onDragOver={event => { if (dragged !== undefined) { event.preventDefault(); setOver(at) } }}
              onDrop={event => {
                event.preventDefault()
                if (dragged !== undefined) void move(dragged, at)
                setDragged(undefined)
                setOver(undefined)
              }}
            >
              <td>
                <span class="rule-order">
                  <span class="grip" draggable aria-hidden="true" title="Drag to another place" onDragStart={() => { setDragged(at) }} onDragEnd={() => { setDragged(undefined); setOver(undefined) }}>⠿</span>
                  <button type="button" class="button quiet icon" aria-label={`Move ${name} up`} disabled={at === 0} onClick={() => { void move(at, at - 1) }}>↑</button>
                  <button type="button" class="button quiet icon" aria-label={`Move ${name} down`} disabled={at === rules.length - 1} onClick={() => { void move(at, at + 1) }}>↓</button>
                  <span class="muted" title="Priority; 0 is last">{priority}</span>
                </span>
              </td>
              <td><a href={hrefOf(['configuration', 'rules', name])}><Name text={name} /></a></td>
              <td><Badge state={state} /></td>
              <td>{action}</td>
              <td class="mono expression-text">{expression}</td>
              <td class="right"><a href={hrefOf(['security'], { kind: 'rule', name })}>{countText(counted.get(name)?.total ?? 0)}</a></td>
              <td class="right"><Sparkline rates={counted.get(name)?.rates ?? []} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const WIDTH = 80
const HEIGHT = 16

/** Hits over time, since the page was opened, and the latest rate as a number. */
const Sparkline = ({ rates }: { readonly rates: readonly number[] }): JSX.Element => {
  const highest = Math.max(1, ...rates)
  const points = rates.map((rate, at) => `${((at / Math.max(1, rates.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - (rate / highest) * (HEIGHT - 2)).toFixed(1)}`).join(' ')
  return (
    <span class="bar">
      <svg class="rule-hits" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true"><polyline points={points} fill="none" stroke="currentColor" stroke-width="1.5" /></svg>
      {numberText(rates.at(-1) ?? 0)}
    </span>
  )
}
