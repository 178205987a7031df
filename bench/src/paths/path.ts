import type { Over } from '../wire/over.ts'

/** What the proxies are to do. */
export type Work =
  /** Balance MQTT connections and pin them by client ID. */
  | 'mqtt'
  /** The same, and pass only PUBLISHes whose topic no rule denies. */
  | 'topics'
  /** The same, and look at every message. */
  | 'packets'
  /** The same, and hold every message to a hundred rules of all kinds, none of which applies. */
  | 'rules'
  /** Spread syslog messages over the collectors, each by itself. */
  | 'syslog'
  /** Spread HTTP requests over the servers. */
  | 'http'
  /** Place Redis commands on the servers of their keys, each by itself. */
  | 'redis'

/** How a proxy is set up for a scenario. */
export interface Setting {
  readonly work: Work
  /** What the clients come over. */
  readonly over: Over
  /** Processes or threads that move bytes. */
  readonly workers: number
  /** How many listeners there are, each with a service of its own; clients come to the last. */
  readonly vservers: number
  /** Have the processes write CPU profiles here. */
  readonly profileInto?: string
}

export const usual: Setting = { work: 'mqtt', over: 'tcp', workers: 1, vservers: 1 }

/** The servers behind every path, by the port. */
export interface Servers {
  readonly mqtt: readonly number[]
  /** For clients that come without a proxy. */
  readonly mqttTls: readonly number[]
  /** For proxies that pass WebSockets on. */
  readonly mqttWebSocket: readonly number[]
  readonly http: readonly number[]
  readonly syslog: readonly number[]
  readonly redis: readonly number[]
}

/** Those that a proxy has behind it: the rules on topics are about the same servers. */
export const behind = (servers: Servers, work: Work): readonly number[] =>
  work === 'syslog' || work === 'http' || work === 'redis' ? servers[work] : servers.mqtt

/** Those behind a proxy that passes WebSockets on as they are. */
export const behindTunnel = (servers: Servers, { work, over }: Setting): readonly number[] =>
  over === 'websocket' ? servers.mqttWebSocket : behind(servers, work)

/** What is shown to clients, PEM. */
export interface Certificate { readonly cert: string, readonly key: string }

/** A proxy that runs: where clients connect, and the process to whose tree its cost is charged. */
export interface Running {
  readonly port: number
  /** Undefined on the direct path: nothing stands between. */
  readonly pid: number | undefined
  /** How long it took to be configured: a whole configuration into a running Weir, the start of any other program. */
  readonly configuredMs: number
  /**
   * Add one service to the running configuration; answers how long that took. Undefined where a reload would be needed.
   */
  addService?: () => Promise<number>
  stop (): Promise<void>
}

/** One way from the clients to the servers. */
export interface Path {
  readonly name: string
  /** Program and version, or why it cannot be measured here. */
  readonly version: string
  readonly missing?: string
  /** Why it has no part in a setting; undefined when it has. */
  without (setting: Setting): string | undefined
  start (setting: Setting, servers: Servers, certificate: Certificate): Promise<Running>
}

/** Other programs: names or paths, and the folder of nginx's modules. */
export interface Programs { readonly haproxy: string, readonly nginx: string, readonly nginxModules: string }

const FIRST_OF_MANY = 20_000

/**
 * The ports of many listeners, below those that the kernel gives out (32768 on): programs with many of them run one at
 * a time.
 */
export const portsOfMany = (count: number): number[] => Array.from({ length: count }, (_, i) => FIRST_OF_MANY + i)
