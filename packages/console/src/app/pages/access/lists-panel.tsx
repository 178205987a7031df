import type { List } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { call, fieldErrors } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { countedText, countText } from '../../format/numbers.ts'
import { durationText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Field } from '../../ui/field.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { toast } from '../../ui/toast.tsx'
import { Remaining } from '../../ui/remaining.tsx'

const RELOAD_MS = 1000
const newList = hrefOf(['configuration', 'lists', '+'], { from: 'access' })
const spans = [0, 3600, 24 * 3600, 7 * 24 * 3600] as const

interface Row { readonly list: List, readonly next: string | undefined, readonly now: number }

const columns: readonly Column<Row>[] = [
  { key: 'name', title: 'Name', width: '11rem', order: ({ list }) => list.name, cell: ({ list: { name } }) => <a href={hrefOf(['configuration', 'lists', name], { from: 'access' })}><Name text={`$${name}`} /></a> },
  { key: 'type', title: 'Type', width: '7rem', order: ({ list }) => list.type, cell: ({ list }) => list.type },
  {
    key: 'items',
    title: 'Items',
    width: '6rem',
    right: true,
    order: ({ list }) => list.items.length,
    cell: ({ list }) => countText(list.items.length)
  },
  {
    key: 'next',
    title: 'Next item ends',
    width: '9rem',
    cell: ({ next, now }) => <Remaining until={next} now={now} />
  },
  {
    key: 'status',
    title: 'Status',
    width: '8rem',
    cell: ({ list: { status } }) => status === undefined ? '' : <Badge state={status.value} title={status.reason} />
  },
  {
    key: 'comment',
    title: 'Comment',
    width: '14rem',
    cell: ({ list: { comment } }) => comment === undefined ? '' : <Name text={comment} />
  }
]

/** Lists that access rules, rules and limits look into, and a batch of items for one. */
export const ListsPanel = ({ now }: { readonly now: number }): JSX.Element => {
  const query = useQuery(async () => (await call('listLists')).body.items)
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  const lists = query.value.value
  const rows = (lists ?? []).map((list): Row => ({
    list,
    now,
    next: Object.values(list.expires).filter(end => Date.parse(end) > now).toSorted()[0]
  }))
  return (
    <section class="panel" aria-label="Lists">
      <header>
        <h2>Lists</h2>
        <a class="button" href={newList}>New</a>
      </header>
      <Fault error={query.error.value} onRetry={query.reload} />
      {lists !== undefined && (lists.length === 0
        ? <Empty title="No lists yet"><p>A list has up to 100,000 addresses, autonomous systems, countries or texts. An access rule names it as its source, <code>$partners</code>, and its items change without the rule. <a href={newList}>Make the first one.</a></p></Empty>
        : (
          <>
            <Table label="Lists and their items" columns={columns} rows={rows} keyOf={({ list }) => list.name} />
            <Batch lists={lists} onDone={query.reload} />
          </>
          ))}
    </section>
  )
}

const Batch = ({ lists, onDone }: { readonly lists: readonly List[], readonly onDone: () => void }): JSX.Element => {
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  const [text, setText] = useState('')
  const [seconds, setSeconds] = useState(0)
  const [error, setError] = useState<unknown>(undefined)
  const name = lists.find(list => list.name === chosen)?.name ?? lists[0]!.name
  const items = text.split('\n').map(line => line.trim()).filter(Boolean)
  const fault = [...fieldErrors(error).values()][0]
  const send = async (verb: 'add' | 'remove'): Promise<void> => {
    try {
      await call('changeListItems', {
        path: { name },
        body: { [verb]: items, ...verb === 'add' && seconds > 0 ? { expiresInSeconds: seconds } : {} }
      })
      toast(`${verb === 'add' ? 'Added' : 'Removed'} ${countedText(items.length, 'item')}`)
      setText('')
      setError(undefined)
      onDone()
    } catch (failed) {
      setError(failed)
    }
  }
  return (
    <div class="body stack">
      <div class="test-fields">
        <Field label="List">{input => <select class="input" {...input} value={name} onChange={event => { setChosen(event.currentTarget.value) }}>{lists.map(list => <option key={list.name} value={list.name}>${list.name}</option>)}</select>}</Field>
        <Field label="Items" hint="One on each line." fault={fault}>{input => <textarea class="input" rows={3} spellcheck={false} {...input} value={text} onInput={event => { setText(event.currentTarget.value) }} />}</Field>
        <Field label="Added items end">{input => <select class="input" {...input} value={seconds} onChange={event => { setSeconds(Number(event.currentTarget.value)) }}>{spans.map(span => <option key={span} value={span}>{span === 0 ? 'never' : `in ${durationText(span * 1000)}`}</option>)}</select>}</Field>
      </div>
      {error !== undefined && fault === undefined && <Fault error={error} />}
      <div class="bar">
        <button type="button" class="button" disabled={items.length === 0} onClick={() => { void send('add') }}>Add to ${name}</button>
        <button type="button" class="button" disabled={items.length === 0} onClick={() => { void send('remove') }}>Remove from ${name}</button>
      </div>
    </div>
  )
}
