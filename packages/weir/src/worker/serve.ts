import type { SendHandle } from 'node:child_process'
import { WeirError } from '@weirlb/model'
import { pinningOf, type EngineApi, type EngineEvents, type Pinning, type PlaceLender, type PreparedRevision, type SessionDirectory } from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'
import type { LogLevel } from '../data-plane.ts'
import { droppedLines } from '../standard-error.ts'
import { toWire } from './error-on-wire.ts'
import type { CallName, Calls, FromWorker, ToWorker } from './messages.ts'
import { ReceivedConfig } from './config-delta.ts'
import { Outbox } from './outbox.ts'
import { TracePost } from './trace-post.ts'
import { WorkerSessions } from './worker-sessions.ts'

/** The parts of a worker process. */
export interface WorkerParts {
  readonly engine: EngineApi
  readonly transport: TransportInUse
  /** Sandbox threads that never came back. */
  lostThreads (): number
  setLogLevel (level: LogLevel): void
}

type Handlers = { readonly [N in CallName]: (ask: Calls[N]['ask']) => Promise<Calls[N]['answer']> | Calls[N]['answer'] }

/**
 * Run as a worker: serve the control process over the IPC channel until it sends stop or is gone. `make` creates the
 * engine with the way back to the control process. A worker ends with its control process: a new one starts its own
 * workers.
 */
export const serveWorker = (make: (sessions: SessionDirectory, events: EngineEvents, places: PlaceLender) => WorkerParts): void => {
  const send = process.send?.bind(process)
  if (send === undefined) throw new WeirError('internal', 'this program is started by Weir, not by hand')

  // A terminal's Ctrl-C or end and a service manager's SIGTERM reach every process of the group; the control process decides when workers end.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('SIGHUP', () => {})
  process.on('disconnect', () => process.exit(0))

  // When the control process is gone, 'disconnect' follows.
  const outbox = new Outbox<FromWorker>((messages, onSent) => process.connected && send(messages, undefined, undefined, onSent))
  const traces = new TracePost(outbox)
  const tell = (message: FromWorker): void => outbox.push(message)
  const sessions = new WorkerSessions(tell)

  let parts: WorkerParts
  try {
    parts = make(sessions, {
      onTraced: traces.onTraced,
      // A hint to probe at once: the monitors find out by themselves.
      onServiceFailed: (service, failure, message) => { if (outbox.roomy) tell({ kind: 'service-failed', service, failure, message }) },
      onExtensionState: (extension, state, message, version) => tell({ kind: 'extension-state', extension, state, message, version })
    }, {
      ask: (service, count) => tell({ kind: 'places-asked', service, count }),
      giveBack: (service, count, answer) => tell({ kind: 'places-back', service, count, answer })
    })
  } catch (error) {
    tell({ kind: 'failed', error: toWire(error) })
    return
  }

  const handlers = handlersOf(parts, sessions)
  const call = async <N extends CallName>(id: number, name: N, ask: Calls[N]['ask']): Promise<void> => {
    try {
      tell({ kind: 'answer', id, answer: await handlers[name](ask) })
    } catch (error) {
      tell({ kind: 'refusal', id, error: toWire(error) })
    }
  }

  process.on('message', (messages: ToWorker[]) => {
    for (const message of messages) {
      switch (message.kind) {
        case 'claimed': sessions.claimed(message.id, message.service, message.hit); break
        case 'found': sessions.found(message.id, message.service); break
        case 'steer': parts.engine.steerFrom(message.lbVserver, message.overfull); break
        case 'elsewhere': parts.engine.tellElsewhere(message.counts); break
        case 'places': parts.engine.tellPlaces(message.service, message.word); break
        case 'service-latency': parts.engine.setServiceLatency(message.service, message.ms); break
        case 'service-health': parts.engine.setServiceHealth(message.service, message.health); break
        case 'trace': parts.engine.trace(message.extension, message.spec); break
        case 'log-level': parts.setLogLevel(message.level); break
        case 'call': void call(message.id, message.name, message.ask as never)
      }
    }
  })
  tell({ kind: 'ready', transport: parts.transport })
}

const handlersOf = ({ engine, lostThreads }: WorkerParts, sessions: WorkerSessions): Handlers => {
  let prepared: PreparedRevision | undefined
  let tables: readonly Pinning[] = []
  const received = new ReceivedConfig()
  return {
    prepare: async ({ delta, ports }) => {
      const config = received.receive(delta)
      prepared = await engine.prepare(config, ports)
      tables = pinningOf(config)
      return { declarations: prepared.declarations, ports: prepared.ports }
    },
    commit: () => {
      sessions.configure(tables)
      prepared?.commit()
      received.commit()
      prepared = undefined
    },
    abort: () => {
      prepared?.abort()
      prepared = undefined
    },
    explain: request => engine.explain(request),
    'probe-question': extension => engine.probeQuestion(extension),
    'probe-verdict': answer => engine.probeVerdict(answer),
    validate: bundle => engine.validate(bundle),
    connections: query => engine.connections(query),
    kill: id => engine.kill(id),
    depart: query => engine.depart(query),
    counts: services => engine.counts(services),
    listening: () => {
      const all = engine.listening()
      for (const { address, port, handles } of all) for (const handle of handles ?? []) process.send!([{ kind: 'socket', address, port } satisfies FromWorker], handle as SendHandle)
      return all.filter(({ handles }) => handles === undefined).map(({ address, port }) => ({ address, port }))
    },
    stats: () => engine.stats(),
    ping: () => ({ stats: engine.stats(), lostThreads: lostThreads(), memory: process.memoryUsage.rss(), droppedLines: droppedLines() }),
    'dropped-lines': () => droppedLines(),
    'own-sessions': part => { sessions.own(part) },
    'settle-sessions': ({ disown }) => {
      if (disown) sessions.disown()
      else sessions.settle()
    },
    'set-sessions': entries => { sessions.set(entries) },
    'delete-sessions': queries => { sessions.delete(queries) },
    drain: async () => { await engine.drain() },
    stop: async ({ graceMs }) => {
      await engine.stop(graceMs)
      sessions.settle()
      return engine.stats()
    }
  }
}
