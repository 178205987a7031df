import { defineProtocol, drop } from '@weirlb/sdk'
import { framing } from './framing.ts'

const LF = 0x0a

/**
 * Syslog over TCP (RFC 6587) without inspection: the method alone balances the messages, and none enters the sandbox.
 */
export default defineProtocol({
  name: 'syslog-plain',
  api: 1,
  balance: 'per-message',
  replies: 'none',
  client: {
    framing,
    // Some senders end octet-counted messages with a line feed too. The rest is no message: balanced as one, it would
    // take every second turn.
    only: { at: 0, mask: 0xff, in: [LF] },
    peek: 1,
    onMessage: () => drop()
  }
})
