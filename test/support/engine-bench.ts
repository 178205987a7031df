import net from 'node:net'
import {
  config, type ConfigInput, type Extension, type ExtensionCode, modeOf, type ServiceFailure
} from '@weirlb/model'
import { bundle } from '@weirlb/sandbox/bundle'
import type { FunctionRuntime, Runtime } from '@weirlb/sdk/abi'
import { createInProcessRuntime, FakeServer, TIME_SCALE, until, type Answer } from '@weirlb/testing'
import {
  createEngine,
  type EngineApi,
  type EngineConfig,
  type EngineVersion,
  type FunctionFailed,
  LocalSessionDirectory,
  type Log,
  type PlaceLender,
  type Ports,
  type RequestInspector,
  type SessionDirectory,
  type Decision,
  type SharedCount,
  type TraceRecord
} from '@weirlb/engine'
import { chooseTransport, type Transport } from '@weirlb/link'
import { atEnd, atEndOfFile, notAtEnd } from './at-end.ts'

/** The whole of these tests runs on either transport; a `uring` that cannot be used fails them. */
const transportOfTests = process.env['WEIR_TRANSPORT'] === 'uring' ? 'uring' : 'node'

export { atEnd } from './at-end.ts'

/** One line of the log. */
export interface LogLine { readonly level: string, readonly message: string, readonly [field: string]: unknown }

/** A log that is read by the test. */
export class TestLog implements Log {
  readonly lines: LogLine[] = []
  #add (level: string, fields: object, message: string): void { this.lines.push({ ...fields, level, message }) }
  debug (fields: object, message: string): void { this.#add('debug', fields, message) }
  info (fields: object, message: string): void { this.#add('info', fields, message) }
  warn (fields: object, message: string): void { this.#add('warn', fields, message) }
  error (fields: object, message: string): void { this.#add('error', fields, message) }
  /** Lines of closed connections. */
  get closed (): LogLine[] { return this.lines.filter(l => l.message === 'connection closed') }
  /** The same, when there are `count`: a client whose socket is closed knows it before the line is written. */
  async ends (count = 1): Promise<LogLine[]> {
    await until(() => this.closed.length >= count, `${count} lines of closed connections`)
    return this.closed
  }
}

/** A fake server that ends with the test. */
export const TestServer = {
  listen: async (answer?: Answer, port?: number): Promise<FakeServer> => {
    const server = await FakeServer.listen(answer, port)
    atEnd(async () => await server.close())
    return server
  }
}
export type TestServer = FakeServer

/** A client that keeps what it got. */
export class TestClient {
  received = Buffer.alloc(0)
  ended = false
  closed = false
  error: NodeJS.ErrnoException | undefined
  readonly socket: net.Socket

  /** `from`: the address that it comes from. */
  constructor (port: number, options: { allowHalfOpen?: boolean, from?: string } = {}) {
    this.socket = net.connect({
      port,
      host: '127.0.0.1',
      localAddress: options.from,
      noDelay: true,
      allowHalfOpen: options.allowHalfOpen ?? false
    })
    this.socket.on('data', chunk => {
      this.received = Buffer.concat([this.received, chunk])
    })
    this.socket.on('end', () => {
      this.ended = true
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error
    })
    const stop = (): void => {
      this.socket.destroy()
    }
    atEnd(stop)
    this.socket.on('close', () => {
      this.closed = true
      notAtEnd(stop)
    })
  }

  get text (): string { return this.received.toString('latin1') }

  async gets (text: string): Promise<void> {
    await until(
      () =>
        this.text.includes(text) ||
        (this.closed && Promise.reject(new Error(`closed after ${JSON.stringify(this.text)}`))),
      `the client to get ${JSON.stringify(text)}, it has ${JSON.stringify(this.text)}`
    )
  }

  async closes (): Promise<void> { await until(() => this.closed, 'the client to be closed') }

  /** Write pieces so that each leaves in a segment of its own. */
  async writeSplit (bytes: Buffer, sizes: readonly number[]): Promise<void> {
    let at = 0
    for (const size of [...sizes, bytes.length]) {
      if (at >= bytes.length) return
      this.socket.write(bytes.subarray(at, at + size))
      at += size
      await new Promise(resolve => { setImmediate(resolve) })
    }
  }
}

/**
 * Peers that loop, one after the other, until `there`: a strike is given once for each, and none where the machine
 * was too busy to tell. Returns how many it took.
 */
export const loopUntil = async (port: number, there: () => boolean | Promise<boolean>): Promise<number> => {
  const MOST = 100
  for (let n = 1; n <= MOST; n++) {
    const looper = new TestClient(port, { from: `127.0.1.${n}` })
    looper.socket.write('loop\n')
    await until(() => looper.closed || looper.text.includes('loop\n'), 'the loop to be cut')
    if (await there()) return n
  }
  throw new Error(`${MOST} peers that loop were not enough`)
}

/** Defence mode has begun or ended. */
export interface Defended { readonly userVserver: string, readonly defending: boolean, readonly reason: string }

export interface EngineBench {
  readonly engine: EngineApi
  readonly log: TestLog
  readonly dialFailures: string[]
  /** What clients found of services. */
  readonly failures: (readonly [service: string, failure: ServiceFailure])[]
  readonly states: string[]
  /** Records of a trace, and how many were dropped with each report. */
  readonly traced: TraceRecord[]
  readonly lost: number[]
  /** Requests on which edge functions did not decide, as far as they are reported, and changes of functions' states. */
  readonly functionFailures: FunctionFailed[]
  readonly functionStates: string[]
  /** Begins and ends of defence mode. */
  readonly defences: Defended[]
  /** What was decided, as far as it is reported. */
  readonly decisions: Decision[]
  /** Addresses that rate limits have banned. */
  readonly banned: string[]
  port: (vserver?: string) => number
  /** Make another configuration the running one. `challenges`: the answers to authorities from then on. */
  apply: (change: Partial<ConfigInput>, challenges?: EngineConfig['challenges']) => Promise<void>
  connect: (vserver?: string) => TestClient
}

/**
 * Limits of a user vserver whose clients have the usual ten seconds for their first message, or more where the
 * machine is busy.
 */
export const unhurried = { firstMessageTimeoutSeconds: 10 * TIME_SCALE }

/** The usual names round an extension and its servers. */
export const around = (
  source: string,
  servers: readonly { readonly port: number }[],
  more: Partial<ConfigInput> = {}
): ConfigInput => ({
  extensions: [{ name: 'ext', source }],
  userProtocols: [{ name: 'P', transport: 'tcp', extension: 'ext' }],
  services: servers.map((s, i) => ({ name: `s${i + 1}`, address: '127.0.0.1', port: s.port })),
  lbVservers: [{
    name: 'lb',
    services: servers.map((_, i) => ({ name: `s${i + 1}` })),
    persistence: { type: 'user-session' }
  }],
  userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', limits: unhurried }],
  ...more
})

/** An engine at work in this process. */
export const startEngine = async (
  input: ConfigInput,
  options: {
    runtime?: Runtime
    functions?: FunctionRuntime
    sessions?: SessionDirectory
    transport?: Transport
    requestGraceMs?: number
    places?: PlaceLender
    shareCounts?: (counts: readonly SharedCount[]) => void
    inspector?: RequestInspector
  } = {}
): Promise<EngineBench> => {
  const log = new TestLog()
  const dialFailures: string[] = []
  const failures: (readonly [string, ServiceFailure])[] = []
  const states: string[] = []
  const traced: TraceRecord[] = []
  const lost: number[] = []
  const functionFailures: FunctionFailed[] = []
  const functionStates: string[] = []
  const defences: Defended[] = []
  const decisions: Decision[] = []
  const banned: string[] = []
  const engine = createEngine({
    transport: options.transport ?? chooseTransport(transportOfTests).transport,
    runtime: options.runtime ?? createInProcessRuntime(),
    functions: options.functions,
    sessions: options.sessions ?? new LocalSessionDirectory(),
    log,
    events: {
      onFunctionFailed: failed => { functionFailures.push(failed) },
      onFunctionState: (name, state) => { functionStates.push(`${name} ${state}`) },
      onDefence: (userVserver, defending, reason) => { defences.push({ userVserver, defending, reason }) },
      onDecisions: made => { decisions.push(...made) },
      onBan: ({ address }) => { banned.push(address) },
      onTraced: (_, records, dropped) => { traced.push(...records); lost.push(dropped) },
      onServiceFailed: (service, failure) => {
        if (failure === 'dial-failed') dialFailures.push(service)
        failures.push([service, failure])
      },
      onExtensionState: (_, state) => { states.push(state) }
    },
    worker: 0,
    reusePort: false,
    requestGraceMs: options.requestGraceMs,
    places: options.places,
    shareCounts: options.shareCounts,
    inspector: options.inspector
  })
  atEnd(async () => await engine.stop(1000))
  let current = input
  let ports: Ports = {}
  let revision = 0
  const apply = async (change: Partial<ConfigInput>, challenges?: EngineConfig['challenges']): Promise<void> => {
    const next = { ...current, ...change }
    const prepared = await engine.prepare({ ...await engineConfig(next, ++revision), challenges }, ports)
    prepared.commit()
    current = next
    ports = prepared.ports
  }
  await apply({})
  const port = (vserver = 'v'): number => ports[vserver]!
  return {
    engine,
    log,
    dialFailures,
    failures,
    states,
    traced,
    lost,
    decisions,
    defences,
    banned,
    functionFailures,
    functionStates,
    port,
    apply,
    connect: vserver => new TestClient(port(vserver))
  }
}

/** A test that starts many engines bundles each source once. */
const bundles = new Map<string, ReturnType<typeof bundle>>()
const bundled = (source: string, name: string): ReturnType<typeof bundle> => {
  const key = `${name}\n${source}`
  const known = bundles.get(key) ?? bundle(source, { name })
  bundles.set(key, known)
  return known
}

/** Version numbers of this file: the same source has the same one. */
const numbers: string[] = []
const version = async (extension: Extension, { source }: ExtensionCode): Promise<EngineVersion> => {
  if (numbers.length === 0) atEndOfFile(() => { numbers.length = 0 })
  if (!numbers.includes(source!)) numbers.push(source!)
  return {
    version: numbers.indexOf(source!) + 1,
    bundle: await bundled(source!, extension.name),
    mode: modeOf(extension)
  }
}

/** What the library does between a person's configuration and the engine's. */
export const engineConfig = async (input: ConfigInput, revision: number): Promise<EngineConfig> => {
  const parsed = config.parse(input)
  const extensions = await Promise.all(parsed.extensions.map(async e => ({
    ...e,
    ...await version(e, e),
    canary: e.canary && { ...await version(e, e.canary), percent: e.canary.percent }
  })))
  // Nothing is ordered here: a certkey has what it was given, and may have nothing.
  const certkeys = parsed.certkeys.map(({ acme, ...certkey }) =>
    acme === undefined ? certkey : { ...certkey, acmeChallenge: acme.challenge }
  )
  const edgeFunctions = await Promise.all(
    parsed.edgeFunctions.map(async ({ source, ...rest }) => ({
      ...rest,
      bundle: await bundle(source, { name: rest.name, kind: 'function' })
    }))
  )
  return { ...parsed, certkeys, revision, extensions, edgeFunctions }
}

/** Two servers that say which one they are to whatever arrives. */
export const twoServers = async (): Promise<
  [TestServer, TestServer]
> => [await TestServer.listen(() => 'one\n'), await TestServer.listen(() => 'two\n')]
