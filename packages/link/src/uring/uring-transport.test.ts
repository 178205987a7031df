import { describe, expect, test } from 'vitest'
import { describeKeepAlive } from '../test/keep-alive-suite.ts'
import { describeLinks } from '../test/links-suite.ts'
import { describeResets } from '../test/reset-suite.ts'
import { describeTransport } from '../test/transport-suite.ts'
import { dialled } from '../testing/recording-sink.ts'
import { describeSlowPeers } from '../test/slow-suite.ts'
import { availability } from './availability.ts'
import { createUringTransport } from './uring-transport.ts'

const { loop, reason } = availability()

describe.skipIf(loop === undefined)(`io_uring${reason === undefined ? '' : ` (not here: ${reason})`}`, () => {
  if (loop === undefined) return
  describeTransport('the io_uring transport', lookup => createUringTransport(loop, lookup))
  describeLinks('io_uring links', createUringTransport(loop), {}, {})
  describeResets('resets on io_uring', createUringTransport(loop), {}, {})

  test('a dial to a zone that is not here fails and says so', async () => {
    const { error } = await dialled(createUringTransport(loop), { address: 'fe80::1%nowhere', port: 1 })
    expect(error).toMatchObject({ kind: 'other', message: expect.stringContaining("no network interface 'nowhere'") })
  })
  describeSlowPeers('slow peers on io_uring', createUringTransport(loop), {}, {})
  describeKeepAlive('keep-alive on io_uring', createUringTransport(loop), {}, {})
})
