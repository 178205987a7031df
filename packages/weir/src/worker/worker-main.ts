import { chooseTransport, createEngine, type TransportChoice } from '@weir/engine'
import { createRuntime } from '@weir/sandbox'
import type { LogLevel } from '../data-plane.ts'
import { makeLog } from '../log.ts'
import { serveWorker } from './serve.ts'

// The program of a worker process: started by WorkerPool with its number its log level and its transport.

const [number, level, transportChoice] = process.argv.slice(2)
const worker = Number(number)

serveWorker((sessions, events) => {
  const log = makeLog(level as LogLevel, { worker, pid: process.pid })
  const runtime = createRuntime()
  const { transport, name, reason } = chooseTransport(transportChoice as TransportChoice)
  log.info({ transport: name, reason }, 'transport chosen')
  const engine = createEngine({ transport, runtime, sessions, log, events, worker, reusePort: true })
  return {
    engine,
    transport: { name, reason },
    lostThreads: () => runtime.lostThreads,
    setLogLevel: to => { log.level = to }
  }
})
