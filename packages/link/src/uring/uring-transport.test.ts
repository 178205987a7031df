import { describe } from 'vitest'
import { describeLinks } from '../test/links-suite.ts'
import { describeResets } from '../test/reset-suite.ts'
import { describeTransport } from '../test/transport-suite.ts'
import { probe } from './probe.ts'
import { createUringTransport } from './uring-transport.ts'

const { loop, reason } = probe()

describe.skipIf(loop === undefined)(`io_uring${reason === undefined ? '' : ` (not here: ${reason})`}`, () => {
  if (loop === undefined) return
  describeTransport('the io_uring transport', lookup => createUringTransport(loop, lookup))
  describeLinks('io_uring links', createUringTransport(loop), {}, {})
  describeResets('resets on io_uring', createUringTransport(loop), {}, {})
})
