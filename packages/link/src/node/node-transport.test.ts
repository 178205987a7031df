import { describeKeepAlive } from '../test/keep-alive-suite.ts'
import { describeLinks } from '../test/links-suite.ts'
import { describeResets } from '../test/reset-suite.ts'
import { describeTransport } from '../test/transport-suite.ts'
import { describeSlowPeers } from '../test/slow-suite.ts'
import { createNodeTransport } from './node-transport.ts'

describeTransport('the node transport', createNodeTransport)
describeLinks('node links on plain TCP', createNodeTransport(), {}, {})
describeResets('resets on plain TCP', createNodeTransport(), {}, {})
describeSlowPeers('slow peers on plain TCP', createNodeTransport(), {}, {})
describeKeepAlive('keep-alive on plain TCP', createNodeTransport(), {}, {})
