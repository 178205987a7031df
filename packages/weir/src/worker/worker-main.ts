import { createEngine, createNodeTransport } from '@weir/engine'
import { createRuntime } from '@weir/sandbox'
import type { LogLevel } from '../data-plane.ts'
import { makeLog } from '../log.ts'
import { serveWorker } from './serve.ts'

// The program of a worker process: started by WorkerPool with its number and its log level.

const [number, level] = process.argv.slice(2)
const worker = Number(number)

serveWorker((sessions, events) => {
  const log = makeLog(level as LogLevel, { worker, pid: process.pid })
  const runtime = createRuntime()
  const engine = createEngine({ transport: createNodeTransport(), runtime, sessions, log, events, worker, reusePort: true })
  return {
    engine,
    lostThreads: () => runtime.lostThreads,
    setLogLevel: to => { log.level = to }
  }
})
