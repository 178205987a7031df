import { connectAsync, type IClientOptions } from 'mqtt'
import type { Broker } from './brokers.ts'

/** Protocol levels by the name of their version. */
const versions = { 'v3.1.1': 4, v5: 5 } as const
type Version = keyof typeof versions
const CLIENTS_PER_KIND = 3
const WAIT_MS = 5000

export interface Visit { readonly clientId: string, readonly version: Version, readonly transport: 'tcp' | 'tls' }

/** The result of one client. */
export interface Round extends Visit {
  /** Broker of each connect, in order. */
  readonly brokers: readonly string[]
  /** The fault, or undefined if its message came back each time and from the same broker. */
  readonly failure: string | undefined
}

export interface Target { readonly url: string, readonly ca: string | undefined }

/** Connect, subscribe, publish, receive what was published, leave. */
const visit = async ({ clientId, version }: Visit, { url, ca }: Target): Promise<void> => {
  const options: IClientOptions = {
    clientId,
    protocolVersion: versions[version],
    reconnectPeriod: 0,
    connectTimeout: WAIT_MS,
    ...(ca === undefined ? {} : { ca })
  }
  const client = await connectAsync(url, options, false)
  try {
    const topic = `weir/${clientId}`
    const sent = `hello from ${clientId}`
    const received = new Promise<string>((resolve, reject) => {
      client.once('message', (_topic, payload) => { resolve(payload.toString()) })
      client.once('close', () => { reject(new Error('the connection closed before the message came back')) })
      setTimeout(() => { reject(new Error(`no message within ${WAIT_MS} ms`)) }, WAIT_MS).unref()
    })
    received.catch(() => {})
    await client.subscribeAsync(topic, { qos: 1 })
    await client.publishAsync(topic, sent, { qos: 1 })
    const got = await received
    if (got !== sent) throw new Error(`sent '${sent}', received '${got}'`)
  } finally {
    await client.endAsync()
  }
}

const brokerOf = (clientId: string, brokers: readonly Broker[], seen: ReadonlyMap<Broker, number>): string =>
  brokers.find(broker => broker.clients.indexOf(clientId, seen.get(broker)) >= 0)?.name ?? 'none'

/** Let a client come twice; the second time shows whether it is pinned. */
const comeTwice = async (who: Visit, target: Target, brokers: readonly Broker[]): Promise<Round> => {
  const reached: string[] = []
  try {
    for (let i = 0; i < 2; i++) {
      const seen = new Map(brokers.map(broker => [broker, broker.clients.length]))
      await visit(who, target)
      reached.push(brokerOf(who.clientId, brokers, seen))
    }
    const failure = reached[0] === reached[1] && reached[0] !== 'none'
      ? undefined
      : `went to ${reached.join(', then ')}`
    return { ...who, brokers: reached, failure }
  } catch (error) {
    return { ...who, brokers: reached, failure: (error as Error).message }
  }
}

/** One round of clients of every version over every transport. */
export const runClients = async (
  targets: Readonly<Record<Visit['transport'], Target>>,
  brokers: readonly Broker[]
): Promise<Round[]> => {
  const visits: Visit[] = []
  for (const transport of ['tcp', 'tls'] as const) {
    for (const version of Object.keys(versions) as Version[]) {
      for (let i = 1; i <= CLIENTS_PER_KIND; i++)
        visits.push({ clientId: `${transport}-${version}-${i}`, version, transport })
    }
  }
  return await Promise.all(visits.map(who => comeTwice(who, targets[who.transport], brokers)))
}
