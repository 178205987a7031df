import type { SendHandle } from 'node:child_process'
import { WeirError } from '@weirlb/model'
import {
  BoundedReport,
  pinningOf,
  type Decision,
  type EngineApi,
  type EngineEvents,
  type Pinning,
  type PlaceLender,
  type PreparedRevision,
  type SessionDirectory,
  type SharedCount
} from '@weirlb/engine'
import { sendable, type SendableSocket, type TransportInUse } from '@weirlb/link'
import type { LogLevel } from '../data-plane.ts'
import type { DroppedLines } from '../dropped-lines.ts'
import type { InspectorEvents } from '../inspection.ts'
import { LifePost } from '../lives/life-post.ts'
import type { Onlookers, Records } from '../records.ts'
import { droppedLines } from '../standard-error.ts'
import { toWire } from './error-on-wire.ts'
import type { CallName, Calls, FromWorker, ToWorker } from './messages.ts'
import { ReceivedConfig } from './config-delta.ts'
import { Outbox } from './outbox.ts'
import type { SampledConnection } from '../spans/sampled.ts'
import { TracePost } from './trace-post.ts'
import { WorkerSessions } from './worker-sessions.ts'

/** The parts of a worker process. */
export interface WorkerParts {
  readonly engine: EngineApi
  readonly transport: TransportInUse
  /** Sandbox threads that never came back. */
  lostThreads (): number
  setLogLevel (level: LogLevel): void
  readonly records?: Records | undefined
}

/** Receives the events of a worker: those of its engine, and of the process that inspects its requests. */
export type WorkerEvents = EngineEvents & InspectorEvents

/** What a worker shares with the others. */
export interface OtherWorkers {
  readonly places: PlaceLender
  /** Tells them what rate limits have counted. */
  readonly shareCounts: (counts: readonly SharedCount[]) => void
}

type Handlers = { readonly [N in CallName]: (ask: Calls[N]['ask']) => Promise<Calls[N]['answer']> | Calls[N]['answer'] }

/**
 * Run as a worker: serve the control process over the IPC channel until it sends stop or is gone. `make` creates the
 * engine with the way back to the control process. A worker ends with its control process: a new one starts its own
 * workers.
 */
export const serveWorker = (
  make: (sessions: SessionDirectory, events: WorkerEvents, others: OtherWorkers, onlookers: Onlookers) => WorkerParts
): void => {
  const send = process.send?.bind(process)
  if (send === undefined) throw new WeirError('internal', 'this program is started by Weir, not by hand')

  // A terminal's Ctrl-C or end and a service manager's SIGTERM reach every process of the group; the control process
  // decides when workers end.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('SIGHUP', () => {})
  // Node's own would open a port for debuggers.
  process.on('SIGUSR1', () => {})
  process.on('disconnect', () => process.exit(0))

  // When the control process is gone, 'disconnect' follows.
  const outbox = new Outbox<FromWorker>((messages, onSent) =>
    process.connected && send(messages, undefined, undefined, onSent)
  )
  const traces = new TracePost(outbox)
  const tell = (message: FromWorker): void => outbox.push(message)
  const sessions = new WorkerSessions(tell)
  // As with traces: what somebody looks at must not fill the memory of a worker.
  const bounded = <T>(message: (items: readonly T[], dropped: number) => FromWorker) => {
    let untold = 0
    return (items: readonly T[], dropped: number): void => {
      untold += dropped
      if (outbox.roomy) {
        tell(message(items, untold))
        untold = 0
      } else untold += items.length
    }
  }
  const postDecisions = bounded<Decision>((decisions, lost) => ({ kind: 'decisions', decisions, lost }))
  const lives = new LifePost(bounded((lives, dropped) => ({ kind: 'lives', lives, dropped })))
  const sampled = new BoundedReport<SampledConnection>(
    bounded((connections, dropped) => ({ kind: 'sampled', connections, dropped }))
  )

  let parts: WorkerParts
  try {
    parts = make(sessions, {
      onTraced: traces.onTraced,
      // A hint to probe at once: the monitors find out by themselves.
      onServiceFailed: (service, failure, message) => {
        if (outbox.roomy) tell({ kind: 'service-failed', service, failure, message })
      },
      onFunctionFailed: failed => {
        if (outbox.roomy) tell({ kind: 'function-failed', failed })
      },
      onFunctionState: (...state) => tell({ kind: 'function-state', state }),
      onDefence: (userVserver, defending, reason) => tell({ kind: 'defence', userVserver, defending, reason }),
      onInspector: state => tell({ kind: 'inspector', state }),
      onDecisions: decisions => { postDecisions(decisions, 0) },
      // Here it is banned already.
      onBan: (ban, by) => {
        if (outbox.roomy) tell({ kind: 'banned', ban, by })
      },
      onExtensionState: (extension, state, message, version) =>
        tell({ kind: 'extension-state', extension, state, message, version })
    }, {
      places: {
        ask: (service, count) => tell({ kind: 'places-asked', service, count }),
        giveBack: (service, count, answer) => tell({ kind: 'places-back', service, count, answer })
      },
      shareCounts: counts => { if (outbox.roomy) tell({ kind: 'counted', counts }) }
    }, { lives, sampled })
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
        case 'counted': parts.engine.tellCounted(message.counts); break
        case 'ban': parts.engine.ban(message.bans); break
        case 'unban': parts.engine.unban(message.addresses); break
        case 'service-latency': parts.engine.setServiceLatency(message.service, message.ms); break
        case 'service-health': parts.engine.setServiceHealth(message.service, message.health); break
        case 'trace': parts.engine.trace(message.extension, message.spec); break
        case 'log-level': parts.setLogLevel(message.level); break
        case 'watch-lives': lives.watch(message.filters); break
        case 'reopen-access-log': parts.records?.accessLog?.reopen(); break
        case 'call': void call(message.id, message.name, message.ask as never)
      }
    }
  })
  tell({ kind: 'ready', transport: parts.transport })
}

/** Resolves when the socket has left, with the message about it. */
const sendSocket = async (message: FromWorker, { handle, close }: SendableSocket): Promise<void> => {
  try {
    await new Promise<void>((resolve, reject) => {
      process.send!([message], handle as SendHandle, undefined, error => { if (error === null) resolve(); else reject(error) })
    })
  } finally {
    close()
  }
}

const handlersOf = ({ engine, lostThreads, records }: WorkerParts, sessions: WorkerSessions): Handlers => {
  let prepared: PreparedRevision | undefined
  let tables: readonly Pinning[] = []
  const received = new ReceivedConfig()
  const dropped = (): DroppedLines => ({ log: droppedLines(), accessLog: records?.accessLog?.dropped ?? 0 })
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
    'probe-question': ask => engine.probeQuestion(ask),
    'probe-verdict': answer => engine.probeVerdict(answer),
    validate: bundle => engine.validate(bundle),
    'validate-function': bundle => engine.validateFunction(bundle),
    'try-function': ({ config, request }) => engine.tryFunction(config, request),
    connections: query => engine.connections(query),
    kill: id => engine.kill(id),
    depart: query => engine.depart(query),
    counts: services => engine.counts(services),
    listening: async () => {
      for (const { address, port, handles } of engine.listening())
        for (const handle of handles) await sendSocket({ kind: 'socket', address, port }, sendable(handle))
    },
    stats: () => engine.stats(),
    tops: () => engine.tops(),
    'limit-counters': query => engine.limitCounters(query),
    ping: () => ({
      stats: engine.stats(),
      lostThreads: lostThreads(),
      memory: process.memoryUsage.rss(),
      droppedLines: dropped()
    }),
    'dropped-lines': dropped,
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
      records?.flush()
      await records?.accessLog?.close()
      return engine.stats()
    }
  }
}
