import { adminPlugin, serverOptions } from '@weirlb/admin'
import { WeirError } from '@weirlb/model'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { createWeir, FileStorage, makeLog, MemoryStorage } from 'weirlb'
import { readConfigFile } from './config-file.ts'
import { hostPortText, type HostPort } from './host-port.ts'
import { ensureSandboxFlag } from './sandbox-flag.ts'
import type { ServeOptions } from './serve-options.ts'

/**
 * Run Weir and its REST API until a signal: 1. configuration; 2. Weir; 3. API; 4. one line on standard output.
 * SIGTERM and SIGINT stop it within the grace time; a second signal ends the process at once.
 */
export const serve = async (options: ServeOptions): Promise<void> => {
  ensureSandboxFlag(options.workers)
  const config = options.configFile === undefined ? undefined : await readConfigFile(options.configFile)
  const log = makeLog(options.logLevel, { pid: process.pid })
  const storage = options.stateDirectory === undefined ? new MemoryStorage() : new FileStorage(options.stateDirectory)
  if (options.stateDirectory === undefined) log.info({}, 'no --state directory: the configuration and the sessions live in memory')

  const weir = createWeir({ config, workers: options.workers, transport: options.transport, storage, log })
  const starting = weir.start()

  let app: FastifyInstance | undefined
  let stopping = false
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1)
    stopping = true
    log.info({ signal, graceMs: options.graceMs }, 'stopping')
    // What does not end in time ends with the process.
    setTimeout(() => process.exit(0), options.graceMs + 1500).unref()
    await starting.catch(() => {})
    await app?.close()
    await weir.stop({ graceMs: options.graceMs })
    process.exit(0)
  }
  process.on('SIGTERM', signal => { void stop(signal) })
  process.on('SIGINT', signal => { void stop(signal) })

  await starting
  if (stopping) return
  try {
    app = Fastify({ ...serverOptions, loggerInstance: log as FastifyBaseLogger, logController: new LogController({ disableRequestLogging: true }), forceCloseConnections: true })
    await app.register(adminPlugin, { weir, token: options.token, log })
    await app.listen(options.admin)
  } catch (error) {
    await weir.stop({ graceMs: 0 })
    throw listenError(error, options.admin)
  }
  const { address, port } = app.server.address() as { address: string, port: number }
  process.stdout.write(`${JSON.stringify({ ready: true, admin: `http://${hostPortText({ host: address, port })}` })}\n`)
}

const listenError = (error: unknown, admin: HostPort): unknown => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return new WeirError('address-taken', `--admin: another program listens on ${hostPortText(admin)}`, { cause: error })
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new WeirError('address-unusable', `--admin: cannot listen on ${hostPortText(admin)} (${code})`, { cause: error })
  return error
}
