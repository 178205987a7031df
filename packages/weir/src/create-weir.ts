import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeChoices, describeValue, endpointForms, MAX_SESSIONS, parseEndpoint, WeirError, type ConfigInput } from '@weirlb/model'
import { createRuntime } from '@weirlb/sandbox'
import { createEngine, DEFAULT_MAX_SESSIONS, type Methods } from '@weirlb/engine'
import { HealthBoard } from '@weirlb/health'
import { chooseTransport, createNodeTransport, transportChoices, type TransportChoice } from '@weirlb/link'
import { builtins as shippedBuiltins } from './builtins.ts'
import { AddedMethods } from './config/added-methods.ts'
import { Bundler } from './config/bundler.ts'
import { AcmeKeeper } from './acme/acme-keeper.ts'
import { CertificateWatch } from './jobs/certificate-watch.ts'
import type { LogLevel } from './data-plane.ts'
import { Events } from './events.ts'
import { Inheritance, type InheritedSockets } from './inherited-sockets.ts'
import { RunningWeir } from './running-weir.ts'
import { LocalDataPlane, type MakeEngine } from './local-data-plane.ts'
import { logFrom, logLevels, type LeveledLog, type LogOptions } from './log.ts'
import { NameKeeper } from './names/name-keeper.ts'
import { SessionKeeper } from './sessions/session-keeper.ts'
import { CookieSecret } from './sessions/cookie-secret.ts'
import { SessionBook } from './sessions/session-book.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { StoredSessions } from './sessions/stored-sessions.ts'
import { MemoryStorage } from './storage/memory.ts'
import type { Storage } from './storage/storage.ts'
import { TicketRotation } from './jobs/ticket-rotation.ts'
import { Traces } from './jobs/traces.ts'
import type { Weir } from './api/weir.ts'
import { WorkerPool } from './worker/worker-pool.ts'

/** Options of `createWeir`; every one may be omitted. */
export interface WeirOptions {
  /** The configuration to start with. It replaces one that the storage holds; without it, that one is run. */
  readonly config?: ConfigInput | undefined
  /**
   * Processes that move bytes. 1 (the default) and more are child processes of their own, which need nothing from this one;
   * 0 is this process, which then has to be started with `--no-node-snapshot`.
   */
  readonly workers?: number | undefined
  /**
   * The transport: `node` (the default) is Node's sockets, `uring` is Linux's io_uring, `auto` is `uring` where
   * available. The health shows which one runs, and why. `start` rejects with `transport-unavailable` if `uring` is
   * unavailable.
   */
  readonly transport?: TransportChoice | undefined
  /** Where the configuration and the sessions are kept. Default: in memory. */
  readonly storage?: Storage | undefined
  /** A logger of pino's shape, or how to make one. Default: JSON lines on standard error, level `info`. */
  readonly log?: LeveledLog | LogOptions | undefined
  /** Extensions that `builtin` may name, besides those that ship with Weir: the name and the module's file. */
  readonly builtins?: Readonly<Record<string, string>> | undefined
  /**
   * Balancing methods that `method` of an LB vserver may name, besides those that ship with Weir: how to make one, by name; or, where there are workers, the URL
   * of a module whose default export is that table. Functions cannot be sent to another process, so each worker imports the module for itself.
   */
  readonly methods?: Methods | URL | undefined
  /**
   * Maximum sessions of all LB vservers together, 1 to 50,000,000. Default: 5,000,000. Each takes some 150 bytes with
   * a key of 64. Beyond the maximum, the one that was released first is dropped. A `sessionStore` has its own limits.
   */
  readonly maxSessions?: number | undefined
  /**
   * The owner of sessions, instead of Weir's own table, which `storage` saves. It is called in this process, also
   * with workers, which reach it over IPC.
   */
  readonly sessionStore?: SessionStore | undefined
  /**
   * DNS servers that host names of services are looked up with: `IP` or `IP:PORT`. Default: those of the system, after
   * its hosts file.
   */
  readonly dnsServers?: readonly string[] | undefined
  /**
   * Sockets that listen already, as descriptors of this process: of systemd, or of a Weir that hands over. Clients of user vservers with
   * these addresses are accepted from them.
   */
  readonly inherited?: readonly InheritedSockets[] | undefined
}

/** Every option, and nothing else. */
const optionNames = Object.keys({
  config: true, workers: true, transport: true, storage: true, log: true, builtins: true, methods: true, maxSessions: true, sessionStore: true, dnsServers: true, inherited: true
} satisfies Record<keyof WeirOptions, true>)

const refuseUnknown = (options: WeirOptions): void => {
  const unknown = Object.keys(options).filter(name => !optionNames.includes(name))
  if (unknown.length === 0) return
  throw new WeirError('config-invalid', `unknown ${unknown.length > 1 ? 'options' : 'option'} ${unknown.map(name => `'${name}'`).join(', ')}; there are: ${describeChoices(optionNames)}`, {
    issues: unknown.map(name => ({ path: name, message: `unknown option '${name}'; there are: ${describeChoices(optionNames)}` }))
  })
}

/** Make a Weir. Nothing listens and no process is started before `start()`. Throws `config-invalid` for an option that cannot be. */
export const createWeir = (options: WeirOptions = {}): Weir => {
  refuseUnknown(options)
  const workers = options.workers ?? 1
  if (!Number.isInteger(workers) || workers < 0 || workers > 1024) throw new WeirError('config-invalid', `workers: expected an integer from 0 to 1024, got ${workers}`)
  const maxSessions = options.maxSessions ?? DEFAULT_MAX_SESSIONS
  if (!Number.isInteger(maxSessions) || maxSessions < 1 || maxSessions > MAX_SESSIONS) throw new WeirError('config-invalid', `maxSessions: expected an integer from 1 to ${MAX_SESSIONS}, got ${maxSessions}`)

  const transport = options.transport ?? 'node'
  if (!transportChoices.includes(transport)) throw new WeirError('config-invalid', `transport: expected one of ${transportChoices.join(', ')}; got '${String(transport)}'`)
  const methods = new AddedMethods(options.methods, workers)

  const log = logFrom(options.log)
  const logLevel = levelOf(log)
  const events = new Events(log)
  const storage = checkStorage(options.storage ?? new MemoryStorage())
  const book = options.sessionStore === undefined ? new SessionBook({ maxEntries: maxSessions }) : undefined
  const sessions = book ?? new StoredSessions(options.sessionStore!, log)
  const inheritance = new Inheritance(options.inherited)
  const plane = workers > 0
    ? new WorkerPool({ workers, entry: workerEntry, methodsModule: methods.module, sessions, transport, inheritance, log, logLevel })
    : new LocalDataPlane(sessions, makeEngine(transport, methods, inheritance, log))
  const health = new HealthBoard({
    transport: createNodeTransport(),
    probes: plane,
    onHealth: (service, known) => { plane.setServiceHealth(service, known) },
    onLatency: (service, ms) => { plane.setServiceLatency(service, ms) },
    onChange: (service, up, reason, lastedMs) => {
      if (up) log.info({ service, reason, downForMs: lastedMs }, 'a service is up again')
      else log.warn({ service, reason, upForMs: lastedMs }, 'a service is down')
      if (up) events.emit('service-up', { service, reason, downForMs: lastedMs })
      else events.emit('service-down', { service, reason, upForMs: lastedMs })
    }
  })
  const added = Object.entries(options.builtins ?? {}).map(([name, file]) => [name, () => file] as const)
  return new RunningWeir({
    config: options.config,
    plane,
    storage,
    health,
    bundler: new Bundler({ ...shippedBuiltins, ...Object.fromEntries(added) }),
    methods,
    log,
    logLevel,
    events,
    traces: new Traces(plane, log),
    certificates: new CertificateWatch(events, log),
    tickets: new TicketRotation({ archive: storage.ticketSecret, log }),
    cookies: new CookieSecret(storage.cookieSecret, log),
    acme: new AcmeKeeper({ archive: storage.acme, events, log }),
    names: new NameKeeper({ servers: checkDnsServers(options.dnsServers), archive: storage.names, events, log }),
    sessions,
    keeper: book === undefined ? undefined : new SessionKeeper(book, storage.sessions, log, events)
  })
}

/** How the engine of this process is made, once it is started. */
const makeEngine = (transport: TransportChoice, methods: AddedMethods, inheritance: Inheritance, log: LeveledLog): MakeEngine => (sessions, events) => {
  const { transport: chosen, name, reason } = chooseTransport(transport)
  log.info({ transport: name, reason }, 'transport chosen')
  const engine = createEngine({ transport: chosen, runtime: createRuntime(), sessions, methods: methods.table, log, events, worker: 0, reusePort: false, inherited: (address, port) => inheritance.take(address, port) })
  return { engine, transport: { name, reason } }
}

/** A program without types may still have the storage of an older version. */
const checkStorage = (storage: Storage): Storage => {
  if (typeof (storage as Partial<Storage>).sessions?.append !== 'function') throw new WeirError('config-invalid', 'storage: it has no `sessions`; a storage keeps sessions in a SessionArchive, in place of loadSessions and saveSessions')
  return storage
}

const checkDnsServers = (servers: readonly string[] | undefined): readonly string[] | undefined => {
  const wrong = servers?.find(server => typeof server !== 'string' || parseEndpoint(server) === undefined)
  if (wrong !== undefined) throw new WeirError('config-invalid', `dnsServers: expected ${endpointForms}; got ${describeValue(wrong)}`)
  return servers?.length === 0 ? undefined : servers
}

/** Sources run as they are (.ts), a build beside its own output (.js). */
const workerEntry = fileURLToPath(new URL(`./worker/worker-main${extname(import.meta.url)}`, import.meta.url))

const levelOf = (log: LeveledLog): LogLevel => logLevels.find(level => level === log.level) ?? 'info'
