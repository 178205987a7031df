import { WeirError } from '@weirlb/model'
import {
  ConnectionTimeoutError,
  createClient,
  createCluster,
  createSentinel,
  type RedisClientOptions
} from '@redis/client'
import type { RedisPlace } from './redis-url.ts'
import { checkKind, infoOf } from './server-info.ts'

/** Secrets and certificates of the connections. */
export interface RedisSecrets {
  /** In place of the URL's. */
  readonly password?: string | undefined
  /** Authorities of the server's certificate, PEM. Default: those of Node. */
  readonly ca?: string | undefined
  /** Certificate that the server asks for, PEM, and its private key. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** Where commands go: a server, the master that Sentinels name, or a Cluster. */
export interface RedisLink {
  connect (): Promise<void>
  /** Send a command to whoever has the key; undefined: to any. Rejects at once while there is no connection. */
  send (key: string | undefined, args: string[]): Promise<unknown>
  /** Send a command to each master. */
  sendAll (args: string[]): Promise<readonly unknown[]>
  /** The number of masters, and a command to one of them: for scans. */
  masters (): number
  sendTo (master: number, args: string[]): Promise<unknown>
  subscribe (channel: string, onMessage: (message: string) => void): Promise<void>
  close (): void
}

const CONNECT_MS = 3000
/** Sentinels are asked, and then the master that they name; nodes of a Cluster likewise. */
const FIND_MS = 10_000
const RETRY_MS = 500

/** Make the link to a store. `onRenewed` is called when a connection stands again: messages may have been lost. */
export const linkTo = (place: RedisPlace, secrets: RedisSecrets, onRenewed: () => void): RedisLink => {
  const password = secrets.password ?? place.password
  const options = {
    ...place.username === undefined ? {} : { username: place.username },
    ...password === undefined ? {} : { password },
    disableOfflineQueue: true,
    disableClientInfo: true,
    // A command is written at once, or rejected: no timer is needed for one that waits to be written.
    commandOptions: { timeout: 0 },
    socket: socketOf(place, secrets)
  } satisfies RedisClientOptions
  if (place.form === 'cluster') return clusterLink(place, options)
  if (place.form === 'sentinel') return sentinelLink(place, options)
  return singleLink(place, options, onRenewed)
}

type Options = Pick<
  RedisClientOptions,
  'username' | 'password' | 'disableOfflineQueue' | 'disableClientInfo' | 'commandOptions' | 'socket'
>

const socketOf = ({ tls }: RedisPlace, { ca, cert, key }: RedisSecrets) => ({
  connectTimeout: CONNECT_MS,
  reconnectStrategy: (retries: number) => Math.min(RETRY_MS, 50 + retries * 50),
  ...tls ? { tls: true as const, ...ca === undefined ? {} : { ca }, ...cert === undefined ? {} : { cert, key } } : {}
})

// Every client reports its errors by rejecting, too.
const ignore = (): void => {}

const singleLink = ({ hosts, database }: RedisPlace, options: Options, onRenewed: () => void): RedisLink => {
  const [first] = hosts
  const client = createClient({ ...options, database, socket: { ...options.socket, ...first! } as never })
  const listener = client.duplicate({ disableOfflineQueue: false })
  client.on('error', ignore)
  listener.on('error', ignore)
  listener.on('ready', onRenewed)
  let opened = false
  return {
    async connect () {
      await once(client, async () => { await client.connect() })
      await listener.connect()
      opened = true
    },
    send: async (_, args) => await client.sendCommand(args),
    sendAll: async args => [await client.sendCommand(args)],
    masters: () => 1,
    sendTo: async (_, args) => await client.sendCommand(args),
    subscribe: async (channel, onMessage) => { await listener.subscribe(channel, onMessage) },
    close () {
      client.destroy()
      if (opened) listener.destroy()
    }
  }
}

/** How often a connection may run out of time at the start: machines are busiest when they start. */
const FIRST_TRIES = 3

/**
 * A client that cannot reach its server tries for ever; the start of Weir does not. Its first fault is reported, unless
 * only the time was too short.
 */
const once = async (
  client: {
    on(event: 'error', listener: (error: Error) => void): unknown
    off(event: 'error', listener: (error: Error) => void): unknown
  },
  connect: () => Promise<void>
): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    let tries = 0
    const onError = (error: Error): void => {
      if (++tries >= FIRST_TRIES || !(error instanceof ConnectionTimeoutError)) reject(error)
    }
    client.on('error', onError)
    connect().then(resolve, reject).finally(() => { client.off('error', onError) })
  })
}

const sentinelLink = ({ hosts, master }: RedisPlace, { socket, ...options }: Options): RedisLink => {
  const own = { ...options, socket: socket as never }
  const sentinel = createSentinel({
    name: master!,
    sentinelRootNodes: [...hosts],
    masterPoolSize: 1,
    replicaPoolSize: 0,
    reserveClient: false,
    scanInterval: 1000,
    maxCommandRediscovers: 3,
    nodeClientOptions: own as never,
    sentinelClientOptions: { disableClientInfo: true, socket } as never
  })
  sentinel.on('error', ignore)
  return {
    async connect () {
      await within(sentinel.connect(), FIND_MS, 'no Sentinel has named a master that answers').catch(
        async (error: unknown) => {
          await sentinelFault(hosts, master!, socket, options)
          throw error
        }
      )
    },
    send: async (_, args) => await sentinel.sendCommand(false, args),
    sendAll: async args => [await sentinel.sendCommand(false, args)],
    masters: () => 1,
    sendTo: async (_, args) => await sentinel.sendCommand(false, args),
    subscribe: async (channel, onMessage) => { await sentinel.subscribe(channel, onMessage) },
    close () { void sentinel.destroy() }
  }
}

const clusterLink = (place: RedisPlace, options: Options): RedisLink => {
  const { hosts } = place
  const cluster = createCluster({
    rootNodes: hosts.map(({ host, port }) => ({ ...options, socket: { ...options.socket, host, port } as never })),
    defaults: { ...options, socket: options.socket as never, disableOfflineQueue: false } as never
  })
  cluster.on('error', ignore)
  const clientOf = async (master: number) => await cluster.nodeClient(cluster.masters[master]!)
  return {
    async connect () {
      await within(cluster.connect(), FIND_MS, 'no node of the Cluster answers').catch(async (error: unknown) => {
        for (const host of hosts) {
          checkKind(infoOf(await ask(host, options, ['INFO'])), place)
          await ask(host, options, ['CLUSTER', 'SLOTS'])
        }
        throw error
      })
    },
    send: async (key, args) => await cluster.sendCommand(key, false, args),
    sendAll: async args =>
      await Promise.all(cluster.masters.map(async (_, i) => await (await clientOf(i)).sendCommand(args))),
    masters: () => cluster.masters.length,
    sendTo: async (master, args) => await (await clientOf(master)).sendCommand(args),
    subscribe: async (channel, onMessage) => { await cluster.subscribe(channel, onMessage) },
    close () { cluster.destroy() }
  }
}

/** The library's clients of Sentinels and Clusters do not say why they cannot connect: ask one server. */
const ask = async (host: RedisPlace['hosts'][number], options: Options, args: string[]): Promise<unknown> => {
  const client = createClient({ ...options, socket: { ...options.socket, ...host, reconnectStrategy: false } as never })
  client.on('error', ignore)
  try {
    await once(client, async () => { await client.connect() })
    return await client.sendCommand(args)
  } finally {
    if (client.isOpen) client.destroy()
  }
}

/** Rejects with what keeps Sentinels from a master that answers. */
const sentinelFault = async (
  hosts: RedisPlace['hosts'],
  master: string,
  socket: Options['socket'],
  options: Omit<Options, 'socket'>
): Promise<void> => {
  const own = { disableClientInfo: true, ...socket === undefined ? {} : { socket } }
  if (infoOf(await ask(hosts[0]!, own, ['INFO'])).get('redis_mode') !== 'sentinel')
    throw new WeirError(
      'store-kind',
      `the server ${hosts[0]!.host}:${
        hosts[0]!.port
      } is no Sentinel: give redis://HOST[:PORT], or the addresses of Sentinels`
    )
  const found = await ask(hosts[0]!, own, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]) as [string, string] | null
  if (found === null) throw new WeirError('store-kind', `the Sentinels watch no master '${master}'`)
  await ask({ host: found[0], port: Number(found[1]) }, { ...options, ...own }, ['PING'])
}

const within = async <T>(promise: Promise<T>, ms: number, why: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${why} within ${ms} ms`))
    }, ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
