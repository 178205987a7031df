import { z } from 'zod'
import { describeValue } from './describe-value.ts'
import { filePath } from './file-path.ts'
import { host } from './host.ts'
import { comment, name } from './name.ts'
import { paramValues } from './param-values.ts'
import { alpn } from './vserver-tls.ts'
import { serviceFailures, type ServiceFailure } from './service-failure.ts'
import { requestHeaders } from './request-headers.ts'
import { requestPath, subprotocol } from './websocket.ts'

const seconds = z.number().min(0.05).max(3600)
const weight = z.int().min(1).max(100).default(1).describe('Counts against `monitorThreshold` of the service.')

/** How often a monitor probes, and what it takes to change its verdict. */
const pace = {
  intervalSeconds: seconds.default(5).describe('Time between two probes.'),
  jitter: z.number().min(0).max(0.5).default(0.1).describe(
    'Part of the interval by which it varies either way, so that many monitors do not probe in step.'
  ),
  timeoutSeconds: seconds.default(2).describe('Time-out of a probe, in seconds.'),
  retries: z.int().min(0).max(10).default(0).describe(
    'Repeats of a failed probe, at once, before it counts as failed.'
  ),
  downAfter: z.int().min(1).max(100).default(3).describe('Consecutive failures that take a service down.'),
  upAfter: z.int().min(1).max(100).default(1).describe('Consecutive successes that bring a down service up.'),
  downSeconds: seconds.optional().describe(
    'Time between two probes while the monitor is down. Default: `intervalSeconds`.'
  ),
  reverse: z.boolean().default(false).describe(
    'A probe that succeeds counts as failed, and one that fails as succeeded.'
  ),
  weight
}

/** Probes may go to another port than the clients. */
const port = z.int().min(1).max(65535).optional().describe('Port to probe. Default: that of the service.')

const tls = {
  serverName: host.optional().describe(
    'Name to send (SNI) and to verify. Default: that of the service, or its address.'
  ),
  insecure: z.boolean().default(false).describe(
    'Accepts any certificate. Default: the certificate is verified as `tls.verify` of the service has it.'
  ),
  ca: name.optional().describe(
    'Certkey whose `ca` bundle is trusted. Default: that of the service, or the system store.'
  )
}

/** A status, a class of them, or a range: `204`, `2xx`, `200-299`. */
const statusCodes = z.string().regex(
  /^([1-5][0-9]{2}(-[1-5][0-9]{2})?|[1-5]xx)$/,
  'expected a status such as "200", "2xx" or "200-299"'
)
  .refine(
    text => !text.includes('-') || text.slice(0, 3) <= text.slice(4),
    'expected a range that begins with its smaller status'
  )

const request = {
  method: z.enum(['GET', 'HEAD', 'OPTIONS']).default('GET').describe('Method of the request.'),
  path: requestPath.default('/').describe('Path to request, with a query if the server needs one.'),
  headers: requestHeaders.describe(
    'Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them.'
  ),
  expectedCodes: z.array(statusCodes).min(1).max(32).default(['2xx']).describe(
    'Statuses of a server that is up: `204`, `2xx` or `200-299`.'
  ),
  expectedBody: z.string().max(1024).default('').describe(
    'Text that the body has, in upper or lower case, within its first MiB. Default: any body.'
  ),
  redirects: z.int().min(0).max(10).default(0).describe(
    'Redirects to follow on the same server and with the same Host. The last response counts.'
  )
}

const webSocket = {
  path: requestPath.default('/').describe('Path to request, with a query if the server needs one.'),
  headers: requestHeaders.describe(
    'Headers to send, such as `Host`. The case of their names does not matter. Not for secrets: the API shows them.'
  ),
  subprotocol: subprotocol.optional().describe('Sub-protocol to offer, which the server has to select. Default: none.')
}

const HEX = /^(\s*([0-9A-Fa-f]{2}|\?\?))*\s*$/
/** Returns bytes from text or hex; -1 stands for one that may be any. */
export const patternOf = (text: string, format: 'text' | 'hex'): readonly number[] =>
  format === 'text'
    ? [...Buffer.from(text)]
    : (text.match(/[0-9A-Fa-f]{2}|\?\?/g) ?? []).map(byte => byte === '??' ? -1 : parseInt(byte, 16))

/** Opens a TCP connection. */
export const tcpMonitor = z.strictObject({
  type: z.literal('tcp').describe('Opens a TCP connection; the server is up if it accepts.'),
  port,
  ...pace
})

const tlsMonitor = z.strictObject({
  type: z.literal('tls').describe('Opens a TCP connection and TLS; the server is up if the handshake succeeds.'),
  port,
  ...tls,
  alpn: alpn.default([]).describe('Application protocols to offer (ALPN).'),
  ...pace
})

const httpMonitor = z.strictObject({
  type: z.literal('http').describe('Sends an HTTP request; the server is up if status and body are as expected.'),
  port,
  ...request,
  ...pace
})

const httpsMonitor = z.strictObject({
  type: z.literal('https').describe('Sends an HTTP request over TLS.'),
  port,
  ...request,
  ...tls,
  ...pace
})

const wsMonitor = z.strictObject({
  type: z.literal('ws').describe('Opens a WebSocket; the server is up if it answers 101 and selects the sub-protocol.'),
  port,
  ...webSocket,
  ...pace
})

const wssMonitor = z.strictObject({
  type: z.literal('wss').describe('Opens a WebSocket over TLS.'),
  port,
  ...webSocket,
  ...tls,
  ...pace
})

const MAX_PATTERN = 16 * 1024
const sendExpectMonitor = z.strictObject({
  type: z.literal('send-expect').describe(
    'Sends bytes over the layers of the service\'s type; the server is up if its answer begins as expected.'
  ),
  port,
  format: z.enum(['text', 'hex']).default('text').describe(
    'Form of `send` and `expect`: text in UTF-8, or bytes in hexadecimal, with `??` in `expect` for any byte: `20 02 ?? 00`.'
  ),
  send: z.string().max(MAX_PATTERN).default('').describe(
    'Bytes to send. Default: none; the server speaks first. Not for secrets: the API shows them.'
  ),
  skip: z.int().min(0).max(MAX_PATTERN).default(0).describe('Bytes at the beginning of the answer to ignore.'),
  expect: z.string().min(1).max(MAX_PATTERN).describe('The following bytes of the answer.'),
  ...pace
})

/** Text that is to be hexadecimal is so. */
const checkHex = (
  { value, issues }: z.core.ParsePayload<
    { readonly format: 'text' | 'hex', readonly send: string, readonly expect: string }
  >
): void => {
  if (value.format !== 'hex') return
  const fault = (field: 'send' | 'expect', message: string): void => {
    issues.push({
      code: 'custom',
      message: `${message}; got ${describeValue(value[field])}`,
      path: [field],
      input: value[field]
    })
  }
  if (!HEX.test(value.expect)) fault('expect', 'expected bytes in hexadecimal, two digits each, or `??`')
  if (!HEX.test(value.send) || value.send.includes('?')) fault('send', 'expected bytes in hexadecimal, two digits each')
}

/** Probes a server in its protocol. */
export const extensionMonitor = z.strictObject({
  type: z.literal('extension').describe(
    'Sends the `probe` of an extension, over the layers of the service\'s type; the extension judges the replies.'
  ),
  extension: name.describe('Extension with the `probe`. The version for new connections runs it.'),
  params: paramValues.describe(
    'Values for the parameters that the probe declares. Not for secrets: the API shows them.'
  ),
  secretFiles: z.record(z.string().max(64), filePath).refine(
    files => Object.keys(files).length <= 4,
    'expected at most 4 secrets'
  ).default({})
    .describe(
      'Absolute paths of files, by the names of the secrets that the probe declares: the first line of each is the secret. The control process reads them for each probe.'
    ),
  port,
  ...pace
})

/** Sends nothing: counts what clients find. */
const passiveMonitor = z.strictObject({
  type: z.literal('passive').describe(
    'Sends nothing; the service is down for `downSeconds` once clients met enough failures.'
  ),
  counts: z.array(z.enum(Object.keys(serviceFailures) as [ServiceFailure, ...ServiceFailure[]])).min(1).max(4).default(
    Object.keys(serviceFailures) as ServiceFailure[]
  )
    .describe(
      `Failures that count. ${
        Object.entries(serviceFailures).map(([name, meaning]) => `\`${name}\`: ${meaning}.`).join(' ')
      }`
    ),
  failures: z.int().min(1).max(10_000).default(5).describe(
    'Failures within `windowSeconds` that take the service down, of all workers.'
  ),
  windowSeconds: seconds.default(10).describe(
    'Time within which failures are counted. One more failure within this time after the service came back takes it down again.'
  ),
  downSeconds: seconds.default(30).describe('Time after which the service is tried again.'),
  weight
})

/** How a service's health is probed, or what is counted of it. */
const kinds = [
  tcpMonitor,
  tlsMonitor,
  httpMonitor,
  httpsMonitor,
  wsMonitor,
  wssMonitor,
  sendExpectMonitor.check(checkHex),
  extensionMonitor,
  passiveMonitor
] as const
export const monitor = z.discriminatedUnion('type', kinds)
export type Monitor = z.infer<typeof monitor>
/** A monitor that runs the probe of an extension. */
export type ExtensionMonitor = z.infer<typeof extensionMonitor>
/** A monitor that sends probes. */
export type ProbingMonitor = Exclude<Monitor, { type: 'passive' }>
export type MonitorType = Monitor['type']
export const monitorTypes = kinds.map(kind => kind.shape.type.value) as [MonitorType, ...MonitorType[]]

/** A monitor of the list `monitors`, at a service or an LB vserver. */
export const namedMonitor = z.strictObject({
  type: z.literal('named').describe('A monitor of the list `monitors`.'),
  name: name.describe('Monitor to bind.'),
  weight: z.int().min(1).max(100).optional().describe('Counts in place of the monitor\'s own weight.')
})
export type NamedMonitor = z.infer<typeof namedMonitor>

/** A monitor to bind: a use of it without the type. */
export const monitorBinding = namedMonitor.omit({ type: true })
export type MonitorBinding = z.infer<typeof monitorBinding>

/** A monitor where it is used: its settings, or its name. */
export const monitorUse = z.discriminatedUnion('type', [...kinds, namedMonitor])
export type MonitorUse = z.infer<typeof monitorUse>

const entityName = name.describe('Name of the monitor.')

/** A monitor with a name, which services and LB vservers bind. */
export const monitorEntity = z.discriminatedUnion('type', [
  z.strictObject({ name: entityName, ...tcpMonitor.shape, comment }),
  z.strictObject({ name: entityName, ...tlsMonitor.shape, comment }),
  z.strictObject({ name: entityName, ...httpMonitor.shape, comment }),
  z.strictObject({ name: entityName, ...httpsMonitor.shape, comment }),
  z.strictObject({ name: entityName, ...wsMonitor.shape, comment }),
  z.strictObject({ name: entityName, ...wssMonitor.shape, comment }),
  z.strictObject({ name: entityName, ...sendExpectMonitor.shape, comment }).check(checkHex),
  z.strictObject({ name: entityName, ...extensionMonitor.shape, comment }),
  z.strictObject({ name: entityName, ...passiveMonitor.shape, comment })
])
export type MonitorEntity = z.infer<typeof monitorEntity>
