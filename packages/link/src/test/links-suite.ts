import { describe } from 'vitest'
import type { DialTarget } from '../layer/layered-dial.ts'
import type { RecordingOptions } from '../testing/recording-sink.ts'
import type { Transport } from '../transport.ts'
import { testBytes } from './bytes-suite.ts'
import { testEnds } from './ends-suite.ts'
import { testGivenBack } from './given-back-suite.ts'
import { pairsOf } from './pairs.ts'
import { testPauses } from './pauses-suite.ts'

/**
 * What every transport promises, on connected pairs of links: run it with the options that make a plain or an
 * encrypted pair.
 */
export const describeLinks = (
  name: string,
  transport: Transport,
  listen: RecordingOptions,
  dial: Partial<DialTarget>
): void => {
  describe(name, () => {
    const pairs = pairsOf(transport, listen, dial)
    testBytes(pairs)
    testPauses(pairs)
    testGivenBack(pairs)
    testEnds(pairs)
  })
}
