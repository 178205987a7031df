import { describe } from 'vitest'
import type { DialOptions, ListenOptions, Transport } from '../transport.ts'
import { testBytes } from './bytes-suite.ts'
import { testEnds } from './ends-suite.ts'
import { pairsOf } from './pairs.ts'
import { testPauses } from './pauses-suite.ts'

/** What every transport promises, on connected pairs of links: run it with the options that make a plain or an encrypted pair. */
export const describeLinks = (name: string, transport: Transport, listen: Partial<ListenOptions>, dial: Partial<DialOptions>): void => {
  describe(name, () => {
    const pairs = pairsOf(transport, listen, dial)
    testBytes(pairs)
    testPauses(pairs)
    testEnds(pairs)
  })
}
