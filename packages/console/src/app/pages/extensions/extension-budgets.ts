import type { Budget } from '../../code/budgets-panel.tsx'
import { bytesText, countText, msText } from '../../format/numbers.ts'
import type { ExtensionFigures } from './load-extensions.ts'

const MIB = 1024 * 1024

/** What an extension may use. */
export const extensionBudgets: readonly Budget<ExtensionFigures>[] = [
  {
    group: 'limits',
    field: 'heapMb',
    title: 'Heap of an isolate, MiB',
    used: ({ heapBytesPeak }) => ({ amount: heapBytesPeak / MIB, text: `at most ${bytesText(heapBytesPeak)} so far` })
  },
  {
    group: 'limits',
    field: 'batchTimeoutMs',
    title: 'CPU time of a message, ms',
    used: ({ batchMsPeak }) => ({ amount: batchMsPeak, text: `at most ${msText(batchMsPeak)} so far` })
  },
  {
    group: 'limits',
    field: 'originatedBytes',
    title: 'Bytes that a message may originate',
    used: ({ originatedBytesPeak }) => ({
      amount: originatedBytesPeak,
      text: `at most ${bytesText(originatedBytesPeak)} so far`
    })
  },
  {
    group: 'limits',
    field: 'heldBytes',
    title: 'Bytes of a direction that may wait',
    used: ({ heldBytesPeak }) => ({ amount: heldBytesPeak, text: `at most ${bytesText(heldBytesPeak)} so far` })
  },
  {
    group: 'strikes',
    field: 'failures',
    title: 'Strikes that take it out of service',
    used: ({ strikes }) => ({ amount: strikes, text: `${countText(strikes)} now` })
  },
  { group: 'strikes', field: 'windowSeconds', title: 'Within, s' },
  { group: 'strikes', field: 'downSeconds', title: 'Out of service for, s' }
]
