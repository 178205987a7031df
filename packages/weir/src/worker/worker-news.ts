import type { DataPlaneEvents } from '../data-plane.ts'
import type { FromWorker } from './messages.ts'

type NewsKind =
  | 'traced'
  | 'sampled'
  | 'lives'
  | 'service-failed'
  | 'defence'
  | 'inspector'
  | 'function-failed'
  | 'function-state'
  | 'decisions'
  | 'banned'
  | 'extension-state'

/** A worker's messages that are events of the data plane, and nothing besides. */
export type NewsFromWorker = Extract<FromWorker, { readonly kind: NewsKind }>

/** Passes an event on, with the worker that it is of. */
export const passOn = (message: NewsFromWorker, events: DataPlaneEvents, worker: number, pid: number): void => {
  switch (message.kind) {
    case 'traced': return events.onTraced(message.extension, message.records, message.dropped, worker)
    case 'sampled': return events.onSampled(message.connections, message.dropped)
    case 'lives': return events.onLives(message.lives, message.dropped)
    case 'service-failed': return events.onServiceFailed(message.service, message.failure, message.message)
    case 'defence': return events.onDefence(message.userVserver, message.defending, message.reason, worker, pid)
    case 'inspector': return events.onInspector(message.state, worker, pid)
    case 'function-failed': return events.onFunctionFailed(message.failed, worker)
    case 'function-state': return events.onFunctionState(...message.state, worker)
    case 'decisions': return events.onDecisions(message.decisions, message.lost, worker)
    case 'banned': return events.onBan(message.ban, message.by)
    case 'extension-state':
      return events.onExtensionState(message.extension, message.state, message.message, message.version, worker)
  }
}
