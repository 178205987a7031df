import {
  emptyRecord,
  itemFault,
  listChange,
  lookUp,
  MAX_LIST_ITEMS,
  parseSettings,
  WeirError,
  type Issue,
  type List,
  type ListChange
} from '@weirlb/model'
import { steadyClock } from '@weirlb/link'

/** Maximum faults of one batch that are reported. */
const MAX_FAULTS = 100

/** Checks a batch of items. Throws `config-invalid`. */
export const parseListChange = (sent: unknown): ListChange => {
  const change = parseSettings(listChange, sent, 'the change')
  if (change.expiresAt !== undefined && change.expiresInSeconds !== undefined)
    throw refusal([{
      path: 'expiresInSeconds',
      message: 'expiresAt is given already: one of the two says when the items end'
    }])
  return change
}

/** So many items are a step. */
const STEP = 500

/**
 * Steps that return a list with some items more and some less. Those that have ended are left out. A list may have
 * 100,000 items, which would be a long turn at once: only what comes in is checked. `now`: in milliseconds since 1970,
 * by which items have ended. Throws `config-invalid`.
 */
export function* changingList (
  list: List,
  { add, remove, expiresAt, expiresInSeconds }: ListChange,
  now = steadyClock.now()
): Generator<void, List> {
  const until = expiresAt ??
    (expiresInSeconds === undefined ? undefined : new Date(now + expiresInSeconds * 1000).toISOString())
  const issues: Issue[] = []
  for (const [i, item] of add.entries()) {
    const message = itemFault(list.type, item)
    if (message !== undefined && issues.length < MAX_FAULTS) issues.push({ path: `add[${i}]`, message })
  }
  if (issues.length > 0) throw refusal(issues)
  yield
  const added = new Set(add)
  const gone = new Set(remove)
  const items: string[] = []
  const expires = emptyRecord<string>()
  let steps = 0
  for (const item of list.items) {
    if (++steps % STEP === 0) yield
    if (gone.has(item)) continue
    const end = lookUp(list.expires, item)
    if (end !== undefined && Date.parse(end) <= now) continue
    items.push(item)
    // One that is there stays in its place, and ends when the change says.
    const ends = added.delete(item) ? until : end
    if (ends !== undefined) expires[item] = ends
  }
  for (const item of added) {
    if (++steps % STEP === 0) yield
    items.push(item)
    if (until !== undefined) expires[item] = until
  }
  if (items.length > MAX_LIST_ITEMS)
    throw refusal([{
      path: 'add',
      message: `list '${list.name}' would have ${items.length} items; at most ${MAX_LIST_ITEMS} are taken`
    }])
  return { ...list, items, expires }
}

const refusal = (issues: readonly Issue[]): WeirError =>
  new WeirError(
    'config-invalid',
    `${issues[0]!.path}: ${issues[0]!.message}${issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''}`,
    { issues }
  )
