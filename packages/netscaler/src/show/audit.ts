import type { Weir } from '@weirlb/core'
import { WeirError, type AuditEntry } from '@weirlb/model'
import type { Call, Shown } from '../grammar/command.ts'
import { table } from './layout.ts'

/** As NetScaler has them. */
const DEFAULT_MESSAGES = 20
const MAX_MESSAGES = 256

/** `show audit messages [-numOfMesgs <messages>]`. */
export const showAudit = (_: Weir, call: Call): Shown => {
  const { audit, columns } = call.context
  if (audit === undefined) throw new WeirError('command-invalid', 'there is no audit log here: the REST API keeps it')
  const limit = Math.min(MAX_MESSAGES, (call.given.get('numOfMesgs')?.value as number | undefined) ?? DEFAULT_MESSAGES)
  // A terminal shows the last line best.
  const entries = audit(limit).toReversed()
  const text = table(
    [{ title: 'TIME' }, { title: 'WHO' }, { title: 'FROM' }, { title: 'ACTION' }, { title: 'TARGET' }, { title: 'RESULT' }],
    entries.map(entry => [entry.time, entry.who, entry.from, entry.action, targetOf(entry), entry.count === undefined ? entry.code : `${entry.code} (${entry.count} times)`]),
    columns
  )
  return { text, data: { items: entries } }
}

const targetOf = ({ name, detail, changes = [] }: AuditEntry): string =>
  name ?? detail ?? (changes.map(({ name }) => name).join(', ') || '-')
