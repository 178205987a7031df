import type { LookupFunction } from 'node:net'
import { connect } from 'mqtt'

/** One visit: how long it took, and what came of it. */
export interface Visit {
  /** Milliseconds since the begin of its load. */
  readonly at: number
  readonly ms: number
  /**
   * `received`; the status of a refused upgrade, as `403`; the reason code of a refused CONNECT, as `0x9f`; or the code
   * of an error.
   */
  readonly outcome: string
}

/** Who visits, and where. */
export interface Visitor {
  /** `wss://app.localhost:PORT/mqtt` */
  readonly url: string
  /** The page that a browser would be on; undefined: a program, which sends no Origin. */
  readonly origin?: string | undefined
  readonly ca: string
}

/** Every name is on this machine. */
const lookup: LookupFunction = (_name, { all }, found) => {
  if (all === true) found(null, [{ address: '127.0.0.1', family: 4 }])
  else found(null, '127.0.0.1', 4)
}

/** Connect, subscribe, publish, receive, close. Never rejects: a refusal is an outcome. */
export const visit = async ({ url, origin, ca }: Visitor, begunAt = performance.now()): Promise<Visit> => {
  const from = performance.now()
  const done = (outcome: string): Visit => ({ at: from - begunAt, ms: performance.now() - from, outcome })
  const client = connect(url, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ca,
    wsOptions: { lookup, ...origin === undefined ? {} : { origin } }
  })
  let failure: Failure | undefined
  const failed = (error: Failure): void => { failure ??= error }
  client.on('error', failed)
  // The response that refused the upgrade: the client does not pass it on.
  client.stream.on('error', failed)
  try {
    const closed = new Promise<never>((_, reject) => {
      client.once('close', () => {
        reject(failure ?? new Error('closed'))
      })
    })
    await Promise.race([
      new Promise<void>(resolve => {
        client.once('connect', () => {
          resolve()
        })
      }),
      closed
    ])
    const topic = `visit/${client.options.clientId}`
    const received = new Promise<void>(resolve => {
      client.once('message', () => {
        resolve()
      })
    })
    await Promise.race([
      client.subscribeAsync(topic).then(async () => await client.publishAsync(topic, 'hello')),
      closed
    ])
    await Promise.race([received, closed])
    return done('received')
  } catch (error) {
    return done(outcomeOf(error as Failure))
  } finally {
    await client.endAsync(true)
  }
}

type Failure = Error & { readonly code?: number | string }

const outcomeOf = ({ code, message }: Failure): string => {
  if (typeof code === 'number') return `0x${code.toString(16)}`
  return /Unexpected server response: (\d{3})/.exec(message)?.[1] ?? code ?? message
}
