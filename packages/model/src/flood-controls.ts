/** A number of a user vserver that a flood control has. */
export interface FloodSetting {
  /** Where it is: `tls.handshakeTimeoutSeconds`. */
  readonly path: string
  /** Its value while the control is switched off: no limit, or the widest one. Without it, it stays. */
  readonly off?: number
  /** Returns its value in defence mode; without it the mode changes nothing. */
  readonly tight?: (value: number) => number
}

/**
 * Who holds a flood control.
 *
 *   vserver    its numbers are settings of each user vserver
 *   always     Weir itself, without a number that could be set
 *   extension  the protocol: parameters, rules and checks of its messages
 *   kernel     the operating system
 */
export type FloodKeeper = 'vserver' | 'always' | 'extension' | 'kernel'

/** One of the controls against floods. */
export interface FloodControl {
  readonly attack: string
  /** What it bounds, and what becomes of those beyond. */
  readonly bounds: string
  readonly keeper: FloodKeeper
  readonly settings: readonly FloodSetting[]
}

/** At most `most`; 0, no limit, is what somebody wants and stays. */
const atMost = (most: number) => (value: number): number => Math.min(value, most)
/** A part of it, and at least 1; 0 stays. */
const part = (share: number) => (value: number): number => value === 0 ? 0 : Math.max(1, Math.floor(value * share))

const held = (attack: string, bounds: string, ...settings: readonly FloodSetting[]): FloodControl => ({
  attack,
  bounds,
  keeper: 'vserver',
  settings
})
const by = (keeper: FloodKeeper) => (attack: string, bounds: string): FloodControl => ({
  attack,
  bounds,
  keeper,
  settings: []
})
const always = by('always')
const extension = by('extension')

/** Every control against floods, by its number. */
export const floodControls = {
  D001: by('kernel')(
    'SYN and UDP floods',
    'Packets: SYN cookies and packet filters of the operating system. No process sees them.'
  ),
  D002: held(
    'Many connections from one source',
    'Open connections of one address (IPv6: its /64 network) to the user vserver in a worker; more are reset.',
    { path: 'floods.connectionsPerAddress', off: 0, tight: atMost(32) }
  ),
  D003: held('Many connects from one source', 'Connects of one address in a second, with a burst; more are reset.', {
    path: 'floods.connectsPerAddress',
    off: 0,
    tight: atMost(2)
  }, { path: 'floods.connectBurst', off: 1_000_000, tight: atMost(10) }),
  D004: held(
    'Connects from many sources',
    'Connects to the user vserver in a second and its clients, in a worker. In defence mode 70 % of the connects are kept for known-good addresses.',
    { path: 'floods.connectsPerSecond', off: 0 },
    { path: 'limits.maxClients' }
  ),
  D005: held(
    'TLS handshakes that cost CPU',
    'Handshakes at one time and in a second; more are closed before TLS costs anything.',
    { path: 'tls.maxHandshakes', off: 0, tight: part(0.5) },
    { path: 'tls.handshakesPerSecond', off: 0, tight: part(0.5) }
  ),
  D006: held('Slow TLS handshakes', 'Time from the accept to the end of the handshake.', {
    path: 'tls.handshakeTimeoutSeconds',
    off: 300,
    tight: atMost(3)
  }),
  D007: always('TLS renegotiation', 'Renegotiation is refused, and versions before TLS 1.2 are.'),
  D008: held(
    'PROXY headers that stall or lie',
    'A header is mandatory from the listed balancers and read from nobody else; its time is limited.',
    { path: 'proxyProtocol.timeoutSeconds', off: 60 }
  ),
  D009: held('Slow HTTP heads', 'Time and size of the head of the first request.', {
    path: 'http.headTimeoutSeconds',
    off: 3600,
    tight: atMost(2)
  }, { path: 'http.maxHeadBytes', off: 262_144 }),
  D010: held('Half-open clients, first messages that drip', 'Absolute time for the whole first message.', {
    path: 'limits.firstMessageTimeoutSeconds',
    off: 3600,
    tight: atMost(3)
  }),
  D011: held(
    'Clients that servers must authenticate',
    'Clients whose server has not answered their first message yet; more are reset as they connect.',
    { path: 'floods.unanswered', off: 0, tight: atMost(100) }
  ),
  D012: held(
    'One session key that flaps',
    'First messages of one session key (MQTT: client ID) in a minute; beyond, the key is refused for a time.',
    { path: 'floods.connectsPerKey', off: 0, tight: atMost(5) }
  ),
  D013: held('Messages that trickle', 'Time from the first bytes of a message to its end.', {
    path: 'floods.messageSeconds',
    off: 0,
    tight: atMost(10)
  }),
  D014: extension(
    'Oversized messages',
    'Length of a message, from its header and before it is buffered: the maximum of the extension\'s framing.'
  ),
  D015: held(
    'Long keep-alives',
    'Silence of a client, unless its extension sets a limit. Established clients keep theirs in defence mode.',
    { path: 'limits.idleTimeoutSeconds', off: 0 }
  ),
  D016: extension('Subscription bombs', 'Filters, levels and rates of subscriptions.'),
  D017: extension('Floods of messages', 'Messages and bytes of a client in a second.'),
  D018: extension('Unacknowledged messages', 'Messages in flight.'),
  D019: extension('Large wills and retained messages', 'Size of wills, rate of retained messages.'),
  D020: extension('Bombs of aliases and properties', 'Topic aliases and user properties.'),
  D021: held(
    'Clients that do not read',
    'Bytes that wait for a client, when its server is paused, and the time without reading any of them.',
    { path: 'floods.readSeconds', off: 0, tight: atMost(5) },
    { path: 'limits.bufferedBytes', tight: atMost(256 * 1024) }
  ),
  D022: held(
    'Abuse of WebSocket frames',
    'Size and fragments of a message, pings in a second; unmasked frames end the connection.',
    { path: 'websocket.maxMessageBytes', off: 256 * 1024 * 1024 },
    { path: 'websocket.maxFragments', off: 1_000_000 },
    { path: 'websocket.maxPingsPerSecond', off: 10_000 }
  ),
  D023: always('Compression bombs', 'Nothing is decompressed: permessage-deflate is never agreed on.'),
  D024: always(
    'Expensive expressions',
    'Rules are at most 4,096 characters with 64 regular expressions, which take linear time.'
  ),
  D025: always(
    'Tables filled with random addresses and keys',
    'Every table about clients has at most 200,000 entries; the least recently used one goes first. Counted: entries that went.'
  ),
  D026: held(
    'Floods of log lines',
    'Lines about refused clients of the user vserver in a second and worker; the others are counted, and one line has their number.',
    { path: 'floods.loggedPerSecond', off: 0 }
  ),
  D027: always(
    'Extensions that burn CPU and memory',
    'Time of a batch and memory of an extension; `limits` of the extension.'
  ),
  D028: held(
    'An overloaded event loop',
    'Delay of the event loop, kept up for a second; new clients are reset before TLS, known-good ones up to four times the delay. Established clients stay.',
    { path: 'floods.loopDelayMs', off: 0 }
  ),
  D029: held(
    'Reconnects after a start',
    'Time after the start of a worker in which the connects in a second rise from a tenth to all.',
    { path: 'floods.rampSeconds', off: 0 }
  )
} as const satisfies Record<string, FloodControl>

export type FloodControlId = keyof typeof floodControls
export const floodControlIds = Object.keys(floodControls) as FloodControlId[]

/** Controls on messages, which rules, rate limits and managed checks hold. */
export const protocolControlIds = [
  'D014',
  'D016',
  'D017',
  'D018',
  'D019',
  'D020'
] as const satisfies readonly FloodControlId[]
export type ProtocolControlId = typeof protocolControlIds[number]
