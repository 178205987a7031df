import './rules.css'
import type { Rule } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { call, wordsOf } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useHits, type Hits } from '../../api/hits.ts'
import { useQuery } from '../../api/query.ts'
import { countText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { FieldChoice } from '../../ui/field-choice.tsx'
import { Name } from '../../ui/name.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Status } from '../../ui/status.tsx'
import { toast } from '../../ui/toast.tsx'
import { inOrder, reorder } from './rule-order.ts'
import { TestPanel } from './test-panel.tsx'

const RELOAD_MS = 1000
/** What is kept and not used, what counts without effect, what acts, and what is checked and not used. */
const states = ['draft', 'simulated', 'enabled', 'disabled'] as const

/** Rules in the order in which they are looked at, what they hit, and what they would decide. */
export const Rules = (): JSX.Element => {
  const query = useQuery(async () => inOrder((await call('listRules')).body.items))
  const hits =
    useHits(({ rules }) => Object.fromEntries(Object.entries(rules).map(([name, { matched }]) => [name, matched])))
      .value
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  const rules = query.value.value
  const move = async (from: number, to: number): Promise<void> => {
    if (rules === undefined || to < 0 || to >= rules.length || from === to) return
    try {
      const changes = reorder(rules, from, to).map(({ name, priority }) =>
        ({ action: 'patch', collection: 'rules', name, value: { priority } }) as const
      )
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
          <a class="button" href={newIn('draft')}>New draft</a>
          <a class="button primary" href={newIn('simulated')}>New, simulated</a>
        </header>
        {rules !== undefined && (rules.length === 0
          ? <Empty title="No rules yet"><p>A rule looks at clients, requests and messages, and blocks, challenges, bans, slows or logs those that its expression is about. Begin with <a href={newIn('simulated')}>a simulated one</a>: it counts, and has no effect. When its hits are those that you mean, set its state to <code>enabled</code>.</p></Empty>
          : <RuleList rules={rules} hits={hits} move={move} onChange={query.reload} />)}
      </section>
      <TestPanel />
    </div>
  )
}

/** The form of a new rule, in one of the states without effect. */
const newIn = (state: 'draft' | 'simulated'): string =>
  hrefOf(['configuration', 'rules', '+'], { from: 'rules', value: JSON.stringify({ state }) })

const RuleList = (
  { rules, hits, move, onChange }: {
    readonly rules: readonly Rule[]
    readonly hits: ReadonlyMap<string, Hits>
    readonly move: (from: number, to: number) => Promise<void>
    readonly onChange: () => void
  }
): JSX.Element => {
  const [dragged, setDragged] = useState<number | undefined>(undefined)
  const [over, setOver] = useState<number | undefined>(undefined)
  return (
    <div class="list-scroll" tabIndex={0} role="region" aria-label="List of rules">
      <table class="list-table rule-list" aria-label="Rules in their order">
        <thead><tr><th scope="col">Order</th><th scope="col">Name</th><th scope="col">State</th><th scope="col">Status</th><th scope="col">Action</th><th scope="col">Expression</th><th scope="col" class="right">Hits</th><th scope="col" class="right">Hits/s</th></tr></thead>
        <tbody>
          {rules.map(({ name, state, action, expression, priority, status }, at) => (
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
              <td class="named"><a href={hrefOf(['configuration', 'rules', name], { from: 'rules' })}><Name text={name} /></a></td>
              <td><FieldChoice collection="rules" name={name} field="state" value={state} choices={states} onDone={onChange} /></td>
              <td><Status status={status} /></td>
              <td>{action}</td>
              <td class="mono expression-text">{expression}</td>
              <td class="right"><a href={hrefOf(['security'], { kind: 'rule', name })}>{countText(hits.get(name)?.total ?? 0)}</a></td>
              <td class="right"><Sparkline rates={hits.get(name)?.rates ?? []} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
