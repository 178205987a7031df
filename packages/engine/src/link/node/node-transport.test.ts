import { describeLinks, describeTransport } from '../test/transport-suite.ts'
import { createNodeTransport } from './node-transport.ts'

const transport = createNodeTransport()

describeTransport('the node transport', transport)
describeLinks('node links on plain TCP', transport, {}, {})
