import { createEngine, LocalSessionDirectory, type EngineApi, type EngineConfig } from '@weirlb/engine'
import { compileProtocol, cut, type ProtocolSpec, type SideSpec } from '@weirlb/engine/framing'
import { parseConfig } from '@weirlb/model'
import type { Bundle, ParamValue } from '@weirlb/sdk/abi'
import { bundleOf, LIMITS, runtimeOf, type ExtensionSource, type RuntimeName } from '../subject.ts'
import { WAIT_MS } from '../until.ts'
import { MemoryTransport, sayAll } from './memory-transport.ts'

/** The result of one runtime for a stream. */
export interface Measured {
  /**
   * Messages that entered the sandbox or were forwarded by declared keys, per second of wall-clock time; if none of
   * this stream does, framed messages.
   */
  readonly messagesPerSecond: number
  /** Processor time of this process for each of them, all threads. */
  readonly nsPerMessage: number
  /** Entries into the sandbox for each message of a connection that is alone: the most there can be. */
  readonly crossingsPerMessage: number
  /**
   * Messages that shared an entry, on average, with the connections that were there together; undefined where none
   * enters.
   */
  readonly messagesPerCrossing: number | undefined
  readonly messages: number
  /** Number of ended connections, by close reason. */
  readonly closed: Readonly<Record<string, number>>
}

/** Length of a measurement, and what the clients and servers do in it. */
export interface MeasureOptions {
  readonly seconds: number
  /** Connections that speak in the same tick of the loop. Default 64. */
  readonly connections?: number
  /** A server's bytes for each client, sent when the client has sent everything. Default: none. */
  readonly answers?: Uint8Array
  /**
   * `thread` is what Weir gives to code from outside, `loop` what it gives to trusted code. Default `loop`; in this
   * process they are the same.
   */
  readonly mode?: 'loop' | 'thread'
  /** Parameters of the user vserver; those that are left out have their defaults. */
  readonly params?: Readonly<Record<string, ParamValue>>
}

const COUNTED = 32
const NO_BYTES = new Uint8Array(0)

/**
 * Send a stream through the engine again and again for `seconds`. It uses the real listener, framing, batches,
 * sandbox, choice of the server and forwarding, with in-memory links instead of sockets. A wave of connections opens
 * at once, sends the stream in one piece, and ends; then the next one follows. So the time includes all of Weir's
 * work for a connection and its messages, and excludes the kernel, TLS and servers. Throws if the stream has no
 * message.
 */
export const measure = async (
  from: ExtensionSource,
  runtime: RuntimeName,
  stream: Uint8Array,
  options: MeasureOptions
): Promise<Measured> => {
  const transport = new MemoryTransport(options.answers ?? NO_BYTES, stream.length)
  const { engine, spec } = await startEngine(await bundleOf(from), runtime, transport, options)
  try {
    const alone = await waves(engine, transport, stream, 1, COUNTED)
    // A stream without crossings deserves a figure too.
    const uncrossed = alone.entered > 0
      ? undefined
      : messagesOf(spec.client, stream) + messagesOf(spec.server, options.answers ?? NO_BYTES)
    if (uncrossed === 0) throw new TypeError('no message of this stream is whole: there is nothing to measure')
    const together = options.connections ?? 64
    // The first waves are compiled while they run.
    await waves(engine, transport, stream, together, COUNTED)

    const cpu = process.cpuUsage()
    const began = performance.now()
    const measured = await waves(engine, transport, stream, together, Infinity, began + options.seconds * 1000)
    const ms = performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    const messages = uncrossed === undefined ? measured.entered : measured.connections * uncrossed
    return {
      messagesPerSecond: messages / ms * 1000,
      nsPerMessage: (user + system) * 1000 / messages,
      crossingsPerMessage: uncrossed === undefined ? alone.crossings / alone.entered : 0,
      messagesPerCrossing: measured.crossings > 0 ? messages / measured.crossings : undefined,
      messages,
      closed: engine.stats().userVservers['v']!.closed
    }
  } finally {
    await engine.stop(0)
  }
}

/** Returns the number of messages in a stream; a side without a framing has none. */
const messagesOf = (spec: SideSpec | undefined, stream: Uint8Array): number => {
  if (spec?.kind !== 'messages') return 0
  const { frames, end, broken } = cut(spec, stream, Infinity)
  const hasLast = broken === 0 && end < stream.length && spec.cutter.choose(stream[end]!).atEnd === 'message'
  return frames.length + (hasLast ? 1 : 0)
}

interface Waves {
  /** Or were forwarded by declared keys. */
  readonly entered: number
  readonly crossings: number
  readonly connections: number
}

/** Wave after wave of `together` connections, `count` of them or until the clock shows `until`; at least one. */
const waves = async (
  engine: EngineApi,
  transport: MemoryTransport,
  stream: Uint8Array,
  together: number,
  count: number,
  until = Infinity
): Promise<Waves> => {
  const before = engine.stats().extensions['x']!
  let n = 0
  for (; n === 0 || (n < count && performance.now() < until); n++) await wave(transport, stream, together)
  const after = engine.stats().extensions['x']!
  return {
    entered: after.messages - before.messages + after.byKeys - before.byKeys,
    crossings: after.crossings - before.crossings,
    connections: n * together
  }
}

const wave = async (transport: MemoryTransport, stream: Uint8Array, together: number): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    let open = together
    const timer = setTimeout(
      () =>
        reject(new Error(`${open} of ${together} connections do not end: do they wait for the answers of a server?`)),
      WAIT_MS
    )
    const onClosed = (): void => {
      if (--open > 0) return
      clearTimeout(timer)
      resolve()
    }
    const clients = Array.from({ length: together }, () => transport.connect({ onClosed }))
    for (const client of clients) sayAll(client, stream)
  })
}

const startEngine = async (
  bundle: Bundle,
  runtime: RuntimeName,
  transport: MemoryTransport,
  { mode = 'loop', params = {} }: MeasureOptions
): Promise<{ engine: EngineApi, spec: ProtocolSpec }> => {
  const silent = (): void => {}
  const engine = createEngine({
    transport,
    runtime: runtimeOf(runtime),
    sessions: new LocalSessionDirectory(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    events: {
      onDecisions: silent,
      onBan: silent,
      onDefence: silent,
      onFunctionFailed: silent,
      onFunctionState: silent,
      onServiceFailed: silent,
      onExtensionState: silent,
      onTraced: silent
    },
    worker: 0,
    reusePort: false
  })
  const prepared = await engine.prepare(config(bundle, mode, params), {})
  prepared.commit()
  return { engine, spec: compileProtocol(prepared.declarations['x']!) }
}

/** One server behind one vserver, `v`, whose clients the extension, `x`, inspects. */
const config = (
  bundle: Bundle,
  mode: 'loop' | 'thread',
  params: NonNullable<MeasureOptions['params']>
): EngineConfig => {
  const parsed = parseConfig({
    // The measurement is the cost of a message, on a machine that may be busy, so its limit is high.
    extensions: [{ name: 'x', source: bundle.code, limits: { batchTimeoutMs: LIMITS.batchTimeoutMs } }],
    userProtocols: [{ name: 'P', transport: 'tcp', extension: 'x' }],
    services: [{ name: 's', address: '127.0.0.1', port: 1, monitors: [] }],
    lbVservers: [{ name: 'lb', method: 'token', persistence: { type: 'user-session' }, services: [{ name: 's' }] }],
    userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', params: { ...params } }]
  })
  return {
    ...parsed,
    revision: 1,
    edgeFunctions: [],
    extensions: parsed.extensions.map(({ name, limits, strikes, failOpen }) => ({
      name,
      version: 1,
      bundle,
      mode,
      limits,
      strikes,
      failOpen
    }))
  }
}
