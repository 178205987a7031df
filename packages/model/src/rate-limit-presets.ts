import { z } from 'zod'
import { name } from './name.ts'
import { type RateLimit, rateLimit } from './rate-limit.ts'

/** A rate limit that is ready to be created. */
export const rateLimitPreset = z.object({
  name: name.describe('Name of the preset.'),
  doc: z.string().describe('What it holds clients to.'),
  rateLimit: z.partialRecord(
    z.enum(Object.keys(rateLimit.shape) as [keyof RateLimit, ...(keyof RateLimit)[]]),
    z.unknown()
  ).describe('Body for `POST /v1/rate-limits`.')
}).describe('A rate limit that is ready to be created.')

/** A body, with what differs from the defaults. */
type Body = z.input<typeof rateLimit>

/** Numbers of IBM Cloud Internet Services for log-ins, and of EMQX for clients that flap. */
export const rateLimitPresets: readonly { readonly name: string, readonly doc: string, readonly rateLimit: Body }[] = [
  {
    name: 'mqtt-logins',
    doc: 'An address with more than five refused log-ins of one user name in five minutes is banned for 15 minutes.',
    rateLimit: {
      name: 'mqtt-logins', counts: 'first-messages', by: ['ip.src', 'mqtt.connect.username'],
      counting: 'mqtt.type eq "CONNACK" and mqtt.connack.return_code in {4 5 134 135}',
      limit: 5, periodSeconds: 300, action: 'ban', timeoutSeconds: 900
    }
  },
  {
    name: 'mqtt-flapping',
    doc: 'A client ID that connects more than 15 times in a minute is refused for five minutes.',
    rateLimit: {
      name: 'mqtt-flapping',
      counts: 'first-messages',
      by: ['mqtt.connect.client_id'],
      limit: 15,
      periodSeconds: 60,
      action: 'block',
      timeoutSeconds: 300
    }
  },
  {
    name: 'mqtt-publishes',
    doc: 'Each connection publishes at most 1,000 messages a second; it is read more slowly if it would publish more.',
    rateLimit: {
      name: 'mqtt-publishes',
      counts: 'messages',
      expression: 'mqtt.type eq "PUBLISH"',
      by: ['conn.id'],
      limit: 1000,
      periodSeconds: 1,
      action: 'throttle',
      floodControl: 'D017'
    }
  },
  {
    name: 'mqtt-subscribes',
    doc: 'Each connection subscribes at most 50 times a second; it is read more slowly if it would do so more often.',
    rateLimit: {
      name: 'mqtt-subscribes',
      counts: 'messages',
      expression: 'mqtt.type eq "SUBSCRIBE"',
      by: ['conn.id'],
      limit: 50,
      periodSeconds: 1,
      action: 'throttle',
      floodControl: 'D016'
    }
  },
  {
    name: 'mqtt-retained',
    doc:
      'Each connection has the server keep at most ten messages a second (retain); it is read more slowly if it would be more.',
    rateLimit: {
      name: 'mqtt-retained',
      counts: 'messages',
      expression: 'mqtt.publish.retain',
      by: ['conn.id'],
      limit: 10,
      periodSeconds: 1,
      action: 'throttle',
      floodControl: 'D019'
    }
  },
  {
    name: 'http-logins',
    doc: 'An address with more than five responses 401 or 403 in five minutes gets 429 for 15 minutes.',
    rateLimit: {
      name: 'http-logins',
      counts: 'requests',
      by: ['ip.src'],
      counting: 'http.response.code in {401 403}',
      limit: 5,
      periodSeconds: 300,
      action: 'block',
      timeoutSeconds: 900
    }
  },
  {
    name: 'connects',
    doc: 'An address that connects more than 100 times in ten seconds is refused.',
    rateLimit: {
      name: 'connects',
      counts: 'connections',
      by: ['ip.src'],
      limit: 100,
      periodSeconds: 10,
      action: 'block'
    }
  }
]
