import { describeLinks, describeTransport } from '../test/transport-suite.ts'
import { createUringTransport } from './uring-transport.ts'

const transport = createUringTransport()

describeTransport('the io_uring transport', transport)
describeLinks('io_uring links', transport, {}, {})
