import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  describeChoices,
  describeValue,
  endpointForms,
  MAX_SESSIONS,
  parseEndpoint,
  WeirError,
  type ConfigInput
} from '@weirlb/model'
import { DEFAULT_MAX_SESSIONS, type Methods } from '@weirlb/engine'
import { HealthBoard } from '@weirlb/health'
import { createNodeTransport, transportChoices, type TransportChoice } from '@weirlb/link'
import { builtins as shippedBuiltins } from './builtins.ts'
import { BanBook } from './bans/ban-book.ts'
import { AddedMethods } from './config/added-methods.ts'
import { Bundler } from './config/bundler.ts'
import { accessFormat } from './access-log/access-format.ts'
import type { AccessLogOptions } from './access-log/access-log.ts'
import { Cluster, type ClusterOptions } from './cluster/cluster.ts'
import { AcmeKeeper } from './acme/acme-keeper.ts'
import { CertificateWatch } from './jobs/certificate-watch.ts'
import type { LogLevel } from './data-plane.ts'
import { Events } from './events.ts'
import { Inheritance, type InheritedSockets } from './inherited-sockets.ts'
import { Lives } from './lives/lives.ts'
import { RunningWeir } from './running-weir.ts'
import { LocalDataPlane } from './local-data-plane.ts'
import { logFormats, type LogFormat } from './line-format.ts'
import { logFrom, logLevels, type LeveledLog, type LogOptions } from './log.ts'
import { NameKeeper } from './names/name-keeper.ts'
import { SessionKeeper } from './sessions/session-keeper.ts'
import { CookieSecret } from './sessions/cookie-secret.ts'
import { SessionBook } from './sessions/session-book.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { SecurityEvents } from './security/security-events.ts'
import { SecurityLog } from './security/security-log.ts'
import { Webhook } from './security/webhook.ts'
import { checkWebhookOptions, type WebhookOptions } from './security/webhook-options.ts'
import { checkSpanOptions, type SpanOptions } from './spans/span-options.ts'
import { Spans } from './spans/spans.ts'
import { StoredSessions } from './sessions/stored-sessions.ts'
import { MemoryStorage } from './storage/memory.ts'
import type { Storage } from './storage/storage.ts'
import { ProcessWatch } from './stats/process-watch.ts'
import { TicketRotation } from './jobs/ticket-rotation.ts'
import { Traces } from './jobs/traces.ts'
import type { Weir } from './api/weir.ts'
import { WorkerPool } from './worker/worker-pool.ts'

/** Options of `createWeir`; every one may be omitted. */
export interface WeirOptions {
  /** The configuration to start with. It replaces one that the storage holds; without it, that one is run. */
  readonly config?: ConfigInput | undefined
  /**
   * Processes that move bytes. 1 (the default) and more are child processes of their own, which need nothing from this
   * one; 0 is this process, which then has to be started with `--no-node-snapshot`.
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
  /** How lines on standard error are written, where the log is Weir's own or a worker process's. Default: `json`. */
  readonly logFormat?: LogFormat | undefined
  /** An access log. `start` rejects with config-invalid if it cannot be written. Default: none. */
  readonly accessLog?: AccessLogOptions | undefined
  /**
   * OpenTelemetry spans of a share of the connections. They are made in this process with `@opentelemetry/api`; the
   * program registers an SDK and its exporter before `start`. Default: none.
   */
  readonly spans?: SpanOptions | undefined
  /**
   * Where security events are sent, signed. `start` rejects with config-invalid if the secret cannot be read. Default:
   * nowhere.
   */
  readonly securityWebhook?: WebhookOptions | undefined
  /** Extensions that `builtin` may name, besides those that ship with Weir: the name and the module's file. */
  readonly builtins?: Readonly<Record<string, string>> | undefined
  /**
   * Balancing methods that `method` of an LB vserver may name, besides those that ship with Weir: how to make one, by
   * name; or, where there are workers, the URL of a module whose default export is that table. Functions cannot be sent
   * to another process, so each worker imports the module for itself.
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
   * Makes this Weir a node of a cluster: it shares its sessions with the others over a store. `start` rejects with a
   * `store-…` code or `node-name-taken`. Not beside a `sessionStore`. Default: none.
   */
  readonly cluster?: ClusterOptions | undefined
  /**
   * DNS servers that host names of services are looked up with: `IP` or `IP:PORT`. Default: those of the system, after
   * its hosts file.
   */
  readonly dnsServers?: readonly string[] | undefined
  /**
   * Sockets that listen already, as descriptors of this process: of systemd, or of a Weir that hands over. Clients of
   * user vservers with these addresses are accepted from them.
   */
  readonly inherited?: readonly InheritedSockets[] | undefined
}

/** Every option, and nothing else. */
const optionNames = Object.keys(
  {
    config: true,
    workers: true,
    transport: true,
    storage: true,
    log: true,
    logFormat: true,
    accessLog: true,
    spans: true,
    securityWebhook: true,
    builtins: true,
    methods: true,
    maxSessions: true,
    sessionStore: true,
    cluster: true,
    dnsServers: true,
    inherited: true
  } satisfies Record<keyof WeirOptions, true>
)

const refuseUnknown = (options: WeirOptions): void => {
  const unknown = Object.keys(options).filter(name => !optionNames.includes(name))
  if (unknown.length === 0) return
  throw new WeirError(
    'config-invalid',
    `unknown ${unknown.length > 1 ? 'options' : 'option'} ${unknown.map(name => `'${name}'`).join(', ')}; there are: ${
      describeChoices(optionNames)
    }`,
    {
      issues: unknown.map(name => ({
        path: name,
        message: `unknown option '${name}'; there are: ${describeChoices(optionNames)}`
      }))
    }
  )
}

/**
 * Make a Weir. Nothing listens and no process is started before `start()`. Throws `config-invalid` for an option that
 * cannot be.
 */
export const createWeir = (options: WeirOptions = {}): Weir => {
  refuseUnknown(options)
  const workers = options.workers ?? 1
  if (!Number.isInteger(workers) || workers < 0 || workers > 1024)
    throw new WeirError('config-invalid', `workers: expected an integer from 0 to 1024, got ${workers}`)
  const maxSessions = options.maxSessions ?? DEFAULT_MAX_SESSIONS
  if (!Number.isInteger(maxSessions) || maxSessions < 1 || maxSessions > MAX_SESSIONS)
    throw new WeirError(
      'config-invalid',
      `maxSessions: expected an integer from 1 to ${MAX_SESSIONS}, got ${maxSessions}`
    )

  const transport = options.transport ?? 'node'
  if (!transportChoices.includes(transport))
    throw new WeirError(
      'config-invalid',
      `transport: expected one of ${transportChoices.join(', ')}; got '${String(transport)}'`
    )
  const methods = new AddedMethods(options.methods, workers)
  const logFormat = options.logFormat ?? 'json'
  if (!logFormats.includes(logFormat))
    throw new WeirError(
      'config-invalid',
      `logFormat: expected one of ${logFormats.join(', ')}; got '${String(logFormat)}'`
    )
  const { accessLog } = options
  if (options.spans !== undefined) checkSpanOptions(options.spans)
  if (options.securityWebhook !== undefined) checkWebhookOptions(options.securityWebhook)
  const spanShare = options.spans?.share ?? 0
  if (accessLog !== undefined) accessFormat(accessLog.format ?? 'json')

  const log = logFrom(options.log, logFormat)
  const logLevel = levelOf(log)
  const events = new Events(log)
  const book = options.sessionStore === undefined ? new SessionBook({ maxEntries: maxSessions }) : undefined
  if (options.cluster !== undefined && book === undefined)
    throw new WeirError(
      'config-invalid',
      'cluster: the sessions of a cluster are in its store; give no sessionStore beside it'
    )
  const cluster = options.cluster && new Cluster(options.cluster, book!, log, events)
  const own = checkStorage(options.storage ?? new MemoryStorage())
  const storage = cluster?.config?.storage(own) ?? own
  const sessions = cluster?.sessions ?? book ?? new StoredSessions(options.sessionStore!, log)
  const inheritance = new Inheritance(options.inherited)
  const watch = new ProcessWatch(workers > 0 ? 'control' : '0')
  const plane = workers > 0
    ? new WorkerPool({
      workers,
      entry: workerEntry,
      settings: {
        transport,
        logFormat,
        spanShare,
        accessLog,
        methodsModule: methods.module,
        sharesCounts: workers > 1 || cluster !== undefined
      },
      onCounted: counts => {
        cluster?.edge.counted(counts)
      },
      places: cluster?.places,
      sessions,
      inheritance,
      log,
      logLevel
    })
    : new LocalDataPlane(sessions, async ends => {
      // A control process has no use for it.
      const { makeLocalEngine } = await import('./local-engine.ts')
      return makeLocalEngine({
        transport,
        methods,
        inheritance,
        log,
        watch,
        accessLog,
        spanShare,
        onCounted: cluster && (counts => {
          cluster.edge.counted(counts)
        })
      }, ends)
    }, cluster?.places)
  const health = new HealthBoard({
    transport: createNodeTransport(),
    probes: plane,
    onHealth: (service, known) => {
      plane.setServiceHealth(service, known)
      cluster?.health.onFound(service)
    },
    onLatency: (service, ms) => {
      plane.setServiceLatency(service, ms)
    },
    onFault: error => {
      log.error(
        { error: error instanceof Error ? error.stack ?? error.message : String(error) },
        'a fault in Weir: a probe has no result'
      )
    },
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
    accessLog,
    plane,
    storage,
    health,
    prober: cluster && health,
    bundler: new Bundler({ ...shippedBuiltins, ...Object.fromEntries(added) }),
    methods,
    log,
    logLevel,
    events,
    traces: new Traces(plane, log),
    spans: spanShare === 0 ? undefined : new Spans(log),
    security: new SecurityEvents(
      new SecurityLog(log),
      options.securityWebhook && new Webhook(options.securityWebhook, log)
    ),
    bans: new BanBook({ plane, events, log, archive: storage.bans }),
    lives: new Lives(filters => { plane.watchLives(filters) }, log),
    certificates: new CertificateWatch(events, log),
    tickets: new TicketRotation({ archive: storage.ticketSecret, log }),
    cookies: new CookieSecret(storage.cookieSecret, log),
    acme: new AcmeKeeper({ archive: storage.acme, events, log }),
    names: new NameKeeper({ servers: checkDnsServers(options.dnsServers), archive: storage.names, events, log }),
    sessions,
    cluster,
    watch,
    keeper: book === undefined ? undefined : new SessionKeeper(book, storage.sessions, log, events)
  })
}

/** A program without types may still have the storage of an older version. */
const checkStorage = (storage: Storage): Storage => {
  if (typeof (storage as Partial<Storage>).sessions?.append !== 'function') throw new WeirError('config-invalid', 'storage: it has no `sessions`; a storage keeps sessions in a SessionArchive, in place of loadSessions and saveSessions')
  return storage
}

const checkDnsServers = (servers: readonly string[] | undefined): readonly string[] | undefined => {
  const wrong = servers?.find(server => typeof server !== 'string' || parseEndpoint(server) === undefined)
  if (wrong !== undefined)
    throw new WeirError('config-invalid', `dnsServers: expected ${endpointForms}; got ${describeValue(wrong)}`)
  return servers?.length === 0 ? undefined : servers
}

/** Sources run as they are (.ts), a build beside its own output (.js). */
const workerEntry = fileURLToPath(new URL(`./worker/worker-main${extname(import.meta.url)}`, import.meta.url))

const levelOf = (log: LeveledLog): LogLevel => logLevels.find(level => level === log.level) ?? 'info'
