import type { ChildProcess } from 'node:child_process'
import { adminPlugin, serverOptions } from '@weirlb/admin'
import { WeirError } from '@weirlb/model'
import Fastify, { LogController, type FastifyBaseLogger } from 'fastify'
import { createWeir, FileStorage, logFaults, makeLog, MemoryStorage } from '@weirlb/core'
import { readConfigFile } from './config-file.ts'
import { reportToPredecessor, startSuccessor } from './hand-over.ts'
import { inheritedSockets } from './inherited-sockets.ts'
import { ServiceManager } from './service-manager.ts'
import { hostPortText, type HostPort } from './host-port.ts'
import { watchNpm } from './npm-parent.ts'
import { Reloader } from './reload.ts'
import type { ServeOptions } from './serve-options.ts'
import { onStopSignals } from './stop-signals.ts'

/**
 * Run Weir and its REST API until a signal: 1. configuration; 2. Weir; 3. API; 4. one line on standard output.
 * SIGTERM and SIGINT stop it within the grace time, as does the end of the npm that runs it; a second signal ends the process at once. SIGHUP reads the
 * configuration file, its certificates and the token's file again, and never ends the process. SIGUSR2 starts a successor, which takes the listening sockets.
 */
export const serve = async (options: ServeOptions): Promise<void> => {
  let askedEarly = false
  let reload = (): void => { askedEarly = true }
  const inherited = inheritedSockets(process.env)
  process.on('SIGHUP', () => { reload() })
  const config = options.configFile === undefined ? undefined : await readConfigFile(options.configFile)
  const log = makeLog(options.logLevel, { pid: process.pid })
  logFaults(log)
  const manager = new ServiceManager(process.env, log)
  const storage = options.stateDirectory === undefined ? new MemoryStorage() : new FileStorage(options.stateDirectory)
  if (options.stateDirectory === undefined) log.info({}, 'no --state directory: the configuration and the sessions live in memory')

  const weir = createWeir({ config, workers: options.workers, transport: options.transport, maxSessions: options.maxSessions, dnsServers: options.dnsServers, storage, log, inherited })
  const starting = weir.start()
  // It is awaited below: until then its rejection is no fault of the process.
  starting.catch(() => {})

  // The API's routes and schemas take a while of this process's time. The workers are still starting, so no client waits for it.
  const app = Fastify({ ...serverOptions, loggerInstance: log as FastifyBaseLogger, logController: new LogController({ disableRequestLogging: true }), forceCloseConnections: true })
  let stopping = false
  let successor: ChildProcess | undefined
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return
    stopping = true
    log.info({ signal, graceMs: options.graceMs }, 'stopping')
    // Anything that does not end in time ends with the process.
    setTimeout(() => process.exit(0), options.graceMs + 1500).unref()
    if (successor === undefined) void manager.tell('STOPPING=1')
    try {
      await starting.catch(() => {})
      await app.close()
      await weir.stop({ graceMs: options.graceMs })
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
      if (options.stateDirectory === undefined) throw new WeirError('config-invalid', 'a successor takes the configuration from the state directory: run Weir with --state')
      const sockets = await weir.handOver()
      // Its API has the same address.
      await app.close()
      successor = await startSuccessor(sockets, manager.environment)
      await manager.tell(`MAINPID=${successor.pid}`)
      await stop('the successor serves')
    } catch (error) {
      log.error({ error: (error as Error).message }, 'not handed over')
      handing = (error as Partial<WeirError>).code === undefined
    }
  }
  process.on('SIGUSR2', () => { void handOver() })

  const { token } = options
  await app.register(adminPlugin, { weir, token: token === undefined ? undefined : () => token.current, log })
  await app.ready()
  await starting
  if (stopping) return
  try {
    await app.listen(options.admin)
  } catch (error) {
    await weir.stop({ graceMs: 0 })
    throw listenError(error, options.admin)
  }
  const reloader = new Reloader({ weir, configFile: options.configFile, token, log })
  reload = () => { void reloader.reload() }
  if (askedEarly) reload()
  const { address, port } = app.server.address() as { address: string, port: number }
  await manager.tell('READY=1')
  reportToPredecessor()
  process.stdout.write(`${JSON.stringify({ ready: true, admin: `http://${hostPortText({ host: address, port })}` })}\n`)
}

const listenError = (error: unknown, admin: HostPort): unknown => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return new WeirError('address-taken', `--admin: another program listens on ${hostPortText(admin)}`, { cause: error })
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new WeirError('address-unusable', `--admin: cannot listen on ${hostPortText(admin)} (${code})`, { cause: error })
  return error
}
