import { createRuntime } from '@weirlb/sandbox'
import { createEngine } from '@weirlb/engine'
import { chooseTransport, type TransportChoice } from '@weirlb/link'
import { methodsOf } from '../config/added-methods.ts'
import type { LogLevel } from '../data-plane.ts'
import { Inheritance, type InheritedSockets } from '../inherited-sockets.ts'
import { logFaults } from '../faults.ts'
import { makeLog } from '../log.ts'
import { serveWorker } from './serve.ts'

// The program of a worker process: started by WorkerPool with its number, its log level, its transport, its inherited sockets and the module of further balancing methods, if there is one.

const [number, level, transportChoice, inherited, methodsModule] = process.argv.slice(2)
const worker = Number(number)
const inheritance = new Inheritance(JSON.parse(inherited!) as InheritedSockets[])
const methods = methodsModule === undefined ? undefined : await methodsOf(methodsModule)

serveWorker((sessions, events, places) => {
  const log = makeLog(level as LogLevel, { worker, pid: process.pid })
  logFaults(log)
  const runtime = createRuntime()
  const { transport, name, reason } = chooseTransport(transportChoice as TransportChoice)
  log.info({ transport: name, reason }, 'transport chosen')
  const engine = createEngine({ transport, runtime, sessions, places, methods, log, events, worker, reusePort: true, inherited: (address, port) => inheritance.take(address, port) })
  return {
    engine,
    transport: { name, reason },
    lostThreads: () => runtime.lostThreads,
    setLogLevel: to => { log.level = to }
  }
})
