import { defineProtocol } from '@weirlb/sdk'
import { framing } from './framing.ts'

/** Syslog over TCP (RFC 6587) that nobody looks into: the balancing method alone deals the messages, and none enters the sandbox. */
export default defineProtocol({
  name: 'syslog-plain',
  api: 1,
  balance: 'per-message',
  replies: 'none',
  client: { framing }
})
