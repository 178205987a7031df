import { writeFileSync } from 'node:fs'
import { WeirError } from '@weirlb/model'
import {
  emptyEngineStats,
  emptyUserVserverStats,
  type ConnectionInfo,
  type EngineConfig,
  type EngineStats,
  type ExtensionStats,
  type Ports,
  type TraceRecord
} from '@weirlb/engine'
import { serveWorker } from '../serve.ts'
import type { WorkerArguments } from '../worker-arguments.ts'

// A worker whose engine moves no bytes: services with certain names make `prepare` go wrong, `kill` takes commands, and
// `connections` answers what the engine was told.

const worker = Number(process.argv[2])

const wrong: Readonly<Record<string, () => void>> = {
  refuse: () => { throw new WeirError('address-taken', 'taken', { issues: [{ path: 'p', message: 'taken' }] }) },
  'refuse-on-2': () => { if (worker % 2 === 0) throw new WeirError('address-taken', 'taken on 2') },
  'exit-on-2': () => { if (worker === 2) process.exit(7) }
}

/** Each is up in its present version, unless it failed. */
const extensionStats = (
  extensions: EngineConfig['extensions'],
  failed: ReadonlySet<string>
): EngineStats['extensions'] =>
  Object.fromEntries(
    extensions.map((
      { name, version }
    ) => [name, { versions: { [version]: { up: failed.has(name) ? 0 : 1 } } } as unknown as ExtensionStats])
  )

const forever = (): void => { for (;;) { /* a worker that hangs */ } }

serveWorker((sessions, events) => {
  let running: EngineConfig | undefined
  let ports: Ports = {}
  let lost = 0
  let stopped = false
  let left = (): void => {}
  let refuses = false
  let level = process.argv[3] ?? ''
  const claimed: string[] = []
  const down = new Set<string>()
  const failed = new Set<string>()

  const commands: Readonly<Record<string, (argument: string) => boolean>> = {
    exit: () => process.exit(9),
    hang: () => { setImmediate(forever); return true },
    lose: () => { lost = 16; return true },
    refuse: () => { refuses = true; return true },
    leave: () => { left(); return true },
    // Traces 5000 calls of 1 KB, and makes a file when it has.
    trace: file => {
      const records = Array.from({ length: 100 }, () => ({ client: 'x'.repeat(1000) }) as unknown as TraceRecord)
      let told = 0
      const more = (): void => {
        events.onTraced('x', records, 0)
        if (++told < 50) setImmediate(more)
        else writeFileSync(file, '')
      }
      setImmediate(more)
      return true
    },
    settle: () => { events.onTraced('x', [], 0); return true },
    dial: service => { events.onServiceFailed(service, 'dial-failed', 'refused'); return true },
    extension: name => { failed.add(name); events.onExtensionState(name, 'down', 'five failures', 1); return true },
    claim: key => {
      for (const proposal of ['a', 'b']) {
        sessions.claim({ lbVserver: 'lb', key, proposal, unavailable: [] }, { onClaimed: (service, hit) => { claimed.push(`${key}=${service}${hit ? '!' : ''}`) } })
      }
      return true
    },
    release: key => {
      for (let claims = 0; claims < 2; claims++) sessions.release('lb', key, 60_000)
      return true
    }
  }

  return {
    transport: { name: 'node', reason: `asked for ${(JSON.parse(process.argv[4]!) as WorkerArguments).transport}` },
    lostThreads: () => lost,
    setLogLevel: to => { level = to },
    engine: {
      prepare: async (config, known) => {
        if (refuses) wrong['refuse']!()
        for (const { name } of config.services) wrong[name]?.()
        const taken = Object.fromEntries(
          config.userVservers.map(v => [v.name, v.port || (known[v.name] ?? 40_000 + worker)])
        )
        return {
          declarations: {},
          ports: taken,
          commit: () => { running = config; ports = taken },
          abort: () => {}
        }
      },
      validate: async () => { throw new WeirError('extension-load', 'nothing is loaded here') },
      validateFunction: async () => { throw new WeirError('extension-load', 'nothing is loaded here') },
      tryFunction: async () => { throw new WeirError('extension-load', 'nothing is loaded here') },
      trace: (extension, spec) => {
        if (spec !== undefined) events.onTraced(extension, [], 1)
      },
      explain: async () => { throw new WeirError('not-found', `nothing is explained on ${worker}`) },
      probeQuestion: async () => { throw new WeirError('not-found', 'nobody is asked here') },
      probeVerdict: async () => { throw new WeirError('not-found', 'nobody is asked here') },
      tellPlaces () {},
      tellCounted () {},
      ban () {},
      unban () {},
    counts: () => ({}),
    tellElsewhere () {},
    setServiceLatency: () => {},
      setServiceHealth: (service, health) => { if (health === 'down') down.add(service); else down.delete(service) },
      stats: () => ({ ...emptyEngineStats(), userVservers: { v: { ...emptyUserVserverStats(), connections: stopped ? 0 : 1, accepted: 10, closed: { killed: 2 } } }, extensions: extensionStats(running?.extensions ?? [], failed) }),
      tops: () => { throw new Error('not asked') },
      limitCounters: () => { throw new Error('not asked') },
      connections: () => [{
        id: `${worker}-1`,
        userVserver: 'v',
        version: 1,
        failedOpen: false,
        client: String(process.pid),
        serverName: undefined,
      certificate: undefined,
      psk: undefined,
      via: undefined,
      protocol: undefined,
        phase: 'open',
        lbVserver: undefined,
        service: undefined,
        session: undefined,
        fields: { revision: String(running?.revision), ports: JSON.stringify(ports), down: [...down].join(), claimed: claimed.join(), level },
        since: 0,
        idleSeconds: 0,
        bytesIn: 0,
        bytesOut: 0
      } satisfies ConnectionInfo],
      kill: id => {
        const [, command = '', ...argument] = id.split('-')
        return commands[command]?.(argument.join('-')) ?? false
      },
      steerFrom: () => {},
      listening: () => [],
      depart: () => ({ told: 0, present: 0, more: false }),
      drain: async () => { await new Promise<void>(resolve => { left = resolve }) },
      stop: async () => {
        stopped = true
        left()
      }
    }
  }
})
