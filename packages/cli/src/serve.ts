import { WeirError } from '@weirlb/model'
import {
  createWeir,
  FileStorage,
  followingChanges,
  logFaults,
  logOutput,
  makeLog,
  MemoryStorage,
  returnMemory,
  type AppliedChange
} from '@weirlb/core'
import { AdminApi } from './admin/admin-api.ts'
import { AdminTls } from './admin/admin-tls.ts'
import { clusterOf } from './cluster.ts'
import { ConfigFile } from './config-file.ts'
import { FileWatch } from './file-watch.ts'
import { reportToPredecessor, Successor } from './hand-over.ts'
import { inheritedSockets } from './inherited-sockets.ts'
import { ServiceManager } from './service-manager.ts'
import { watchNpm } from './npm-parent.ts'
import { optimizingCompilers } from './optimizing-compilers.ts'
import { recordReplacements, Reloader } from './reload.ts'
import type { ServeOptions } from './serve-options.ts'
import { onStopSignals } from './stop-signals.ts'

/**
 * Run Weir and its REST API until a signal: 1. configuration; 2. Weir; 3. API; 4. one line on standard output.
 * SIGTERM and SIGINT stop it within the grace time, as does the end of the npm that runs it; a second signal ends the
 * process at once. SIGHUP reads the configuration file, its certificates and the token's file again, and opens the
 * access log again, as SIGUSR1 does; neither ends the process; with --watch, a change of the configuration's files
 * reloads it, too. SIGUSR2 starts a successor, which takes the listening sockets.
 */
export const serve = async (options: ServeOptions): Promise<void> => {
  let askedEarly = false
  let reload = (): void => { askedEarly = true }
  const inherited = inheritedSockets(process.env)
  process.on('SIGHUP', () => { reload() })
  // In place of Node's, which opens a port for debuggers.
  let reopen = (): void => {}
  process.on('SIGUSR1', () => { reopen() })
  const configFile = options.configFile === undefined ? undefined : new ConfigFile(options.configFile)
  let reloadFile = async (): Promise<void> => {}
  const watch = configFile === undefined || !options.watch
    ? undefined
    : new FileWatch(() => configFile.files, () => reloadFile())
  await watch?.note()
  const document = await configFile?.read()
  await watch?.note()
  const base = { pid: process.pid }
  const log = makeLog(options.logLevel, base, logOutput(base, options.logFormat))
  logFaults(log)
  const tls = options.admin.tls === undefined ? undefined : await AdminTls.read(options.admin.tls, log)
  const manager = new ServiceManager(process.env, log)
  const storage = options.stateDirectory === undefined ? new MemoryStorage() : new FileStorage(options.stateDirectory)
  if (options.stateDirectory === undefined)
    log.info({}, 'no --state directory: the configuration and the sessions live in memory')

  const cluster = await clusterOf(options.cluster, document?.cluster)
  const weir = createWeir({
    cluster,
    config: document?.config,
    workers: options.workers,
    transport: options.transport,
    maxSessions: options.maxSessions,
    dnsServers: options.dnsServers,
    storage,
    log,
    logFormat: options.logFormat,
    accessLog: options.accessLog,
    securityWebhook: options.securityWebhook,
    spans: options.spanShare === 0 ? undefined : { share: options.spanShare },
    inherited: inherited.sockets
  })
  reopen = () => {
    weir.log.reopenAccessLog()
  }
  const replaced: AppliedChange[] = []
  const starting = configFile === undefined || document === undefined
    ? weir.start()
    : configFile.apply(weir, document, async () => {
      await followingChanges(change => {
        replaced.push(change)
      }, async () => {
        await weir.start()
      })
    })
  // It is awaited below: until then its rejection is no fault of the process.
  starting.catch(() => {})

  // The API's routes and schemas take a while of this process's time. The workers are still starting, so no client
  // waits for it.
  const making = AdminApi.create({
    weir,
    options: options.admin,
    tls,
    storage,
    stateDirectory: options.stateDirectory,
    log
  })
  making.catch(() => {})
  let stopping = false
  let successor: Successor | undefined
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return
    stopping = true
    watch?.stop()
    log.info({ signal, graceMs: options.graceMs }, 'stopping')
    // Anything that does not end in time ends with the process.
    setTimeout(() => process.exit(0), options.graceMs + 1500).unref()
    if (successor === undefined) void manager.tell('STOPPING=1')
    try {
      await starting.catch(() => {})
      await (await making).close()
      await weir.stop({ graceMs: options.graceMs })
      await successor?.end(weir)
      process.exit(0)
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the stop failed')
      process.exit(1)
    }
  }
  onStopSignals(signal => { void stop(signal) }, () => process.exit(1))
  watchNpm(() => { void stop('the end of npm') })

  let handing = false
  const handOver = async (): Promise<void> => {
    if (stopping || handing) return
    handing = true
    try {
      if (options.stateDirectory === undefined)
        throw new WeirError(
          'config-invalid',
          'a successor takes the configuration from the state directory: run Weir with --state'
        )
      const api = await making
      // Its tokens are read by the successor.
      await api.suspend()
      const sockets = await weir.handOver().catch(async (error: unknown) => {
        await api.resume()
        throw error
      })
      // The API answers meanwhile, and takes no change.
      const started = await Successor.start({ sockets, api: api.server, environment: manager.environment }).catch(
        async (error: unknown) => {
          await weir.takeBack().then(async () => {
            await api.resume()
          }, (why: unknown) => {
            log.error(
              { error: (why as Error).message },
              'not taken back: clients are served, and nothing can be changed until a restart'
            )
          })
          throw error
        }
      )
      successor = started
      await manager.tell(`MAINPID=${started.pid}`)
      started.passSessions(weir)
      await stop('the successor serves')
    } catch (error) {
      log.error({ error: (error as Error).message }, 'not handed over')
    } finally {
      handing = false
    }
  }
  process.on('SIGUSR2', () => { void handOver() })

  let api: AdminApi
  let url: string
  try {
    api = await making
    // The workers are still starting, so nobody waits for this process.
    returnMemory()
    optimizingCompilers.on()
    await starting
    if (stopping) return
    url = await api.listen(inherited)
    await recordReplacements(api.audit, 'start', replaced)
  } catch (error) {
    await weir.stop({ graceMs: 0 })
    throw error
  }
  const { token } = options.admin
  const reloader = new Reloader({ weir, configFile, token, tls, audit: api.audit, log })
  reload = () => {
    reopen()
    void reloader.reload()
  }
  if (askedEarly) reload()
  reloadFile = async () => { await reloader.reload() }
  watch?.start()
  await manager.tell('READY=1')
  if (inherited.handedOver)
    reportToPredecessor(weir, error => {
      log.warn({ error: error.message }, 'sessions of the predecessor were not taken over')
    })
  process.stdout.write(`${JSON.stringify({ ready: true, admin: url })}\n`)
}
