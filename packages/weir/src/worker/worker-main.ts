import { createRuntime } from '@weirlb/sandbox'
import { createEngine } from '@weirlb/engine'
import { chooseTransport, returnMemory } from '@weirlb/link'
import { AccessLog } from '../access-log/access-log.ts'
import { methodsOf } from '../config/added-methods.ts'
import type { LogLevel } from '../data-plane.ts'
import { Inheritance } from '../inherited-sockets.ts'
import { makeInspector } from '../inspection.ts'
import { logFaults } from '../faults.ts'
import { logOutput, makeLog } from '../log.ts'
import { Records } from '../records.ts'
import { ProcessWatch } from '../stats/process-watch.ts'
import { serveWorker } from './serve.ts'
import type { WorkerArguments } from './worker-arguments.ts'

// The program of a worker process: started by WorkerPool with its number, its log level and its other arguments.

const [number, level, settings] = process.argv.slice(2)
const worker = Number(number)
const {
  transport: transportChoice,
  logFormat,
  spanShare,
  accessLog: accessLogOptions,
  methodsModule,
  sharesCounts,
  inherited,
  slot
} = JSON.parse(settings!) as WorkerArguments
const inheritance = new Inheritance(inherited)
const methods = methodsModule === undefined ? undefined : await methodsOf(methodsModule)

const watch = new ProcessWatch(String(slot))
watch.start()

serveWorker((sessions, events, { places, shareCounts }, onlookers) => {
  const base = { worker, pid: process.pid }
  const log = makeLog(level as LogLevel, base, logOutput(base, logFormat))
  logFaults(log)
  const records = new Records(
    accessLogOptions === undefined ? undefined : new AccessLog(accessLogOptions, worker, log),
    onlookers,
    spanShare
  )
  const runtime = createRuntime()
  const { transport, name, reason } = chooseTransport(transportChoice)
  log.info({ transport: name, reason }, 'transport chosen')
  const engine = createEngine({
    transport,
    runtime,
    functions: runtime.functions,
    sessions,
    places,
    shareCounts: sharesCounts ? shareCounts : undefined,
    methods,
    log,
    events,
    records,
    inspector: makeInspector(log, events),
    process: watch,
    worker,
    reusePort: true,
    inherited: (address, port) => inheritance.take(address, port)
  })
  // Before clients can come.
  returnMemory()
  return {
    engine,
    transport: { name, reason },
    records,
    lostThreads: () => runtime.lostThreads,
    setLogLevel: to => { log.level = to }
  }
})
