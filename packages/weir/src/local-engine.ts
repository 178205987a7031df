import { createRuntime } from '@weirlb/sandbox'
import { createEngine, type SharedCount } from '@weirlb/engine'
import { chooseTransport, type TransportChoice } from '@weirlb/link'
import { AccessLog, type AccessLogOptions } from './access-log/access-log.ts'
import type { AddedMethods } from './config/added-methods.ts'
import type { Inheritance } from './inherited-sockets.ts'
import { makeInspector } from './inspection.ts'
import type { EngineEnds, LocalEngine } from './local-data-plane.ts'
import type { LeveledLog } from './log.ts'
import { Records } from './records.ts'
import type { ProcessWatch } from './stats/process-watch.ts'

/** What an engine of this process is made of. */
export interface LocalEngineParts {
  readonly transport: TransportChoice
  readonly methods: AddedMethods
  readonly inheritance: Inheritance
  readonly log: LeveledLog
  readonly watch: ProcessWatch
  readonly accessLog: AccessLogOptions | undefined
  readonly spanShare: number
  /** Called with what rate limits have counted. */
  readonly onCounted?: ((counts: readonly SharedCount[]) => void) | undefined
}

/** Makes the engine of this process. Throws `runtime-unavailable` and `transport-unavailable`. */
export const makeLocalEngine = (
  { transport, methods, inheritance, log, watch, accessLog, spanShare, onCounted }: LocalEngineParts,
  { sessions, events, onlookers, places }: EngineEnds
): LocalEngine => {
  const { transport: chosen, name, reason } = chooseTransport(transport)
  log.info({ transport: name, reason }, 'transport chosen')
  const records = new Records(
    accessLog === undefined ? undefined : new AccessLog(accessLog, 0, log),
    onlookers,
    spanShare
  )
  const runtime = createRuntime()
  const engine = createEngine({
    transport: chosen,
    runtime,
    functions: runtime.functions,
    sessions,
    shareCounts: onCounted,
    places,
    methods: methods.table,
    log,
    events,
    records,
    inspector: makeInspector(log, events),
    process: watch,
    worker: 0,
    reusePort: false,
    inherited: (address, port) => inheritance.take(address, port)
  })
  return { engine, transport: { name, reason }, records }
}
