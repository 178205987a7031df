import { defineProtocol, drop, forward, param } from '@weirlb/sdk'
import { framing } from './framing.ts'
import { readHost, readPriority } from './header.ts'

/** Names of the severities (RFC 5424 §6.2.1), as counters are called. */
const severities = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'] as const

/**
 * The longest way to the end of a host name: count, priority, version, a time stamp of 32 characters, 255 of the name.
 */
const HEAD = 320

/**
 * Syslog over TCP (RFC 6587), both framings: every message is balanced by itself; one facility, or one host, stays on
 * one collector.
 */
export default defineProtocol({
  name: 'syslog',
  api: 1,
  balance: 'per-message',
  replies: 'none',
  params: { key: param.oneOf(['facility', 'host'], { default: 'facility' }) },

  client: {
    framing,
    peek: HEAD,
    onMessage: (message, ctx) => {
      // Some senders end octet-counted messages with a line feed too: what is left is no message.
      if (message.length === 1 && message.bytes[0] === 0x0a) return drop()
      const { bytes } = message
      const priority = readPriority(bytes)
      ctx.count(severities[priority & 7]!)
      const key = ctx.params.key === 'host' ? readHost(bytes) : String(priority >> 3)
      return forward({ token: key, session: key })
    }
  }
})
