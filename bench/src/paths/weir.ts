import { chooseTransport } from '@weirlb/link'
import { WeirProcess, type WeirProcessOptions } from '../../../test/support/weir-process.ts'
import type { Over } from '../wire/over.ts'
import { ruleSets } from '../rules/rule-sets.ts'
import { inspectingProtocol } from '../wire/protocol.ts'
import { redisByKey } from '../wire/redis-protocol.ts'
import { syslogByFacility, syslogInTurn } from '../wire/syslog-protocol.ts'
import { deniedTopics } from '../wire/topic-rules.ts'
import { INSPECTED, ON_THREAD, SHARED, TUNNELLED } from './names.ts'
import { behind, portsOfMany, type Path, type Servers, type Setting, type Work } from './path.ts'

/** What of the configuration depends on the work. */
interface Program {
  readonly extension: object
  readonly params?: object
  readonly method?: string
  readonly serverLinks?: 'shared'
  readonly rules?: readonly object[]
}

/** A way to run Weir: a row here is a row of the tables. */
interface Row {
  readonly name: string
  /** By work; it has no part in the others. */
  readonly programs: Partial<Record<Work, Program>>
  /** More for `weir serve`. */
  readonly serve?: Partial<WeirProcessOptions>
  readonly missing?: string
}

const topicRules = deniedTopics.map(topic => ({ effect: 'deny', topic }))
const topics = (trusted: boolean): Program => ({ extension: { builtin: 'mqtt', trusted }, params: { topicRules } })

/**
 * The two ways of `trusted`: every message of both directions enters the sandbox, on the event loop or on a thread of
 * its own.
 */
const inspected = (trusted: boolean): Row['programs'] => ({
  mqtt: { extension: { source: inspectingProtocol, trusted } },
  topics: topics(trusted),
  packets: { extension: { builtin: 'mqtt', trusted }, params: { inspect: 'messages' } },
  rules: { extension: { builtin: 'mqtt', trusted }, rules: ruleSets['mixed 100']!() },
  syslog: { extension: { source: syslogByFacility, trusted } },
  redis: { extension: { source: redisByKey, trusted } }
})

const onNode: readonly Row[] = [
  // The shipped MQTT extension reads the CONNECT and then tunnels; of syslog nothing at all enters the sandbox, and of
  // Redis no command whose key is declared.
  // HTTP requests pass no extension: the one here is for WebSockets on the same port, of which none come.
  {
    name: TUNNELLED,
    programs: {
      mqtt: { extension: { builtin: 'mqtt' } },
      syslog: { extension: { source: syslogInTurn, trusted: true }, method: 'round-robin' },
      http: { extension: { builtin: 'mqtt' }, method: 'round-robin' },
      redis: { extension: { builtin: 'redis' } }
    }
  },
  // The same, and all clients have one link to each server, as twemproxy has.
  { name: SHARED, programs: { redis: { extension: { builtin: 'redis' }, serverLinks: 'shared' } } },
  { name: INSPECTED, programs: inspected(true) },
  { name: ON_THREAD, programs: inspected(false) }
]

const onUring = ({ name, programs }: Row): Row => {
  const { name: found, reason } = chooseTransport('auto')
  return {
    name: name.replace('Weir', 'Weir on io_uring'),
    programs,
    serve: { transport: 'uring' },
    ...(found === 'uring' ? {} : { missing: reason })
  }
}

const rows: readonly Row[] = [...onNode, ...onNode.map(onUring)]

const transports: Readonly<Record<Over, string>> = { tcp: 'tcp', tls: 'ssl', websocket: 'ws' }

const configFor = (
  { extension, params = {}, method = 'token', rules, serverLinks }: Program,
  { work, over, vservers }: Setting,
  servers: Servers,
  certificate: object
): object => {
  const ports = behind(servers, work)
  const many = vservers === 1 ? undefined : portsOfMany(vservers)
  const tls = over === 'tls'
  const http = work === 'http'
  const pins = work !== 'syslog' && work !== 'http' && work !== 'redis'
  const type = http ? 'HTTP' : 'USER_TCP'
  const lb = (name: string, services: readonly string[]): object => ({
    name,
    type,
    method,
    persistence: { type: pins ? 'user-session' : 'none', timeoutSeconds: 300 },
    services: services.map(service => ({ name: service }))
  })
  const vserver = (name: string, port: number, defaultLb: string): object => ({
    name,
    protocol: 'bench',
    address: '127.0.0.1',
    port,
    defaultLb,
    params,
    // A checkout before shared links takes none.
    ...serverLinks && { serverLinks },
    certificates: tls ? ['site'] : [],
    ...(http ? { defaultLb: 'none', http: { defaultLb } } : {})
  })
  const lbVservers = many === undefined
    ? [lb('servers', ports.map((_, i) => `s${i}`))]
    : many.map((_, i) => lb(`lb${i}`, [`s${i}`]))
  return {
    // A checkout before rules takes none.
    ...rules && { rules },
    extensions: [{ name: 'bench', ...extension }],
    userProtocols: [{ name: 'bench', transport: http ? 'ws' : transports[over], extension: 'bench' }],
    certkeys: tls ? [{ name: 'site', ...certificate }] : [],
    // The other programs probe no servers either.
    services: (many ?? ports).map((_, i) => ({
      name: `s${i}`,
      type,
      address: '127.0.0.1',
      port: ports[i % ports.length]!,
      monitors: []
    })),
    lbVservers: http ? [...lbVservers, { name: 'none' }] : lbVservers,
    userVservers: many === undefined
      ? [vserver('bench', 0, 'servers')]
      : many.map((port, i) => vserver(i === many.length - 1 ? 'bench' : `v${i}`, port, `lb${i}`))
  }
}

const weir = ({ name, programs, serve, missing }: Row, checkout?: string): Path => ({
  name: checkout === undefined ? name : `${name}, before`,
  version: `Node ${process.version}`,
  ...(missing === undefined ? {} : { missing }),
  without: ({ work }) => programs[work] === undefined ? 'has no program for it' : undefined,
  async start (setting, servers, certificate) {
    const flags = setting.profileInto === undefined
      ? {}
      : { env: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${setting.profileInto}` } }
    const weir = await WeirProcess.start({
      workers: setting.workers,
      logLevel: 'warn',
      ...serve,
      ...flags,
      ...(checkout === undefined ? {} : { checkout })
    })
    const stop = async (): Promise<void> => {
      await weir.stop()
    }
    try {
      const from = performance.now()
      await weir.api.call('replaceConfig', { body: configFor(programs[setting.work]!, setting, servers, certificate) })
      const configuredMs = performance.now() - from
      return {
        port: await weir.api.port('bench'),
        pid: weir.pid,
        configuredMs,
        async addService () {
          const from = performance.now()
          await weir.api.call('createService', {
            body: { name: 'one-more', address: '127.0.0.1', port: behind(servers, setting.work)[0]! }
          })
          return performance.now() - from
        },
        stop
      }
    } catch (error) {
      await stop()
      throw error
    }
  }
})

/** `weir serve` that tunnels, with more options. */
export const weirWith = (name: string, serve: Partial<WeirProcessOptions>): Path => weir({ ...onNode[0]!, name, serve })

/** `weir serve` in each of its ways. */
export const weirPaths: readonly Path[] = rows.map(row => weir(row))

/** The same of another version, whose checkout is set up. */
export const weirPathsOf = (checkout: string): Path[] => rows.map(row => weir(row, checkout))
