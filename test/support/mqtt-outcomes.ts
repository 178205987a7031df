// What a broker answers to a sequence of packets, directly or through something that stands before it.
import { connect as connectTo, type Socket } from 'node:net'
import { until } from '@weirlb/testing'
import { connect, type Sequence } from '../../extensions/mqtt/test/corpus.ts'

const PINGREQ = Buffer.of(0xc0, 0)
const PINGRESP = 'd000'
/** Clients at once. */
const TOGETHER = 100
/** How long what is expected may take before it counts as missing. */
const PATIENCE_MS = 3000

/**
 * What came back, packet by packet of the sequence as far as there was somebody to send it to, and how it stood then.
 */
export interface Outcome {
  readonly received: readonly string[]
  /** What came behind a PINGREQ. */
  readonly last: string
  readonly end: 'open' | 'closed' | 'silent'
}

class Client {
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #seen = 0
  closed = false

  constructor (port: number) {
    this.#socket = connectTo({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', chunk => { this.#bytes = Buffer.concat([this.#bytes, chunk]) })
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => { this.closed = true })
  }

  /** Resolves when the bytes were handed to the system, or nobody takes them. */
  async send (bytes: Uint8Array): Promise<void> {
    if (this.closed) return
    await new Promise<void>(resolve => { this.#socket.write(bytes, () => { resolve() }) })
  }

  /** Bytes that came and were not taken. */
  get waiting (): number { return this.#bytes.length - this.#seen }
  /** What came since the last call, as hex; an ID that the broker made up is left out. */
  take (): string {
    const taken = this.#bytes.toString('hex', this.#seen)
    this.#seen = this.#bytes.length
    return taken.replace(/(12[0-9a-f]{4})(6175746f2d)[0-9a-f]{72}/, '$1…')
  }

  /** A PINGRESP is the last that came. */
  get pinged (): boolean {
    return this.waiting >= 2 && this.#bytes.toString('hex', this.#bytes.length - 2) === PINGRESP
  }

  destroy (): void { this.#socket.destroy() }
}

/**
 * A connection to the broker itself: what was sent to it before a call is dealt with when the call is over, for it
 * has one thread.
 */
class Barrier {
  readonly #client: Client
  private constructor (client: Client) { this.#client = client }

  static async of (port: number): Promise<Barrier> {
    const client = new Client(port)
    await client.send(connect(4, { id: 'barrier', keepAlive: 0 }))
    await until(() => client.waiting >= 4, 'the CONNACK of the barrier')
    client.take()
    return new Barrier(client)
  }

  async pass (): Promise<void> {
    // One may be answered in the round of the broker's loop in which the others' bytes are still to be read.
    for (let round = 0; round < 3; round++) {
      await this.#client.send(PINGREQ)
      await until(() => this.#client.waiting >= 2, 'the PINGRESP of the barrier')
      this.#client.take()
    }
    await new Promise(resolve => { setImmediate(resolve) })
  }

  close (): void { this.#client.destroy() }
}

const ended = (client: Client): Pick<Outcome, 'last' | 'end'> => {
  const last = client.take()
  return { last, end: client.closed ? 'closed' : last.endsWith(PINGRESP) ? 'open' : 'silent' }
}

const patiently = async (condition: () => boolean): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS
  while (!condition() && performance.now() < deadline) await new Promise(resolve => { setTimeout(resolve, 2) })
}

/** Send the CONNECT that comes before, where one does. */
const begin = async (client: Client, { connected, level }: Sequence, id: string): Promise<void> => {
  if (!connected) return
  await client.send(connect(level, { id, keepAlive: 60 }))
  await until(() => client.waiting >= 4 || client.closed, 'a CONNACK')
  client.take()
}

/** What a broker says by itself. */
export const directly = async (port: number, sequences: readonly Sequence[]): Promise<Outcome[]> => {
  const barrier = await Barrier.of(port)
  const outcomes: Outcome[] = []
  for (let from = 0; from < sequences.length; from += TOGETHER) {
    const batch = sequences.slice(from, from + TOGETHER)
    const clients = batch.map(() => new Client(port))
    await Promise.all(clients.map((client, i) => begin(client, batch[i]!, `d${from + i}`)))
    const received: string[][] = batch.map(() => [])
    for (let step = 0; batch.some(({ packets }) => step < packets.length); step++) {
      const speaking = clients.map((client, i) => step < batch[i]!.packets.length && !client.closed)
      await Promise.all(
        clients.map((client, i) => speaking[i] === true ? client.send(batch[i]!.packets[step]!) : undefined)
      )
      await barrier.pass()
      clients.forEach((client, i) => { if (speaking[i] === true) received[i]!.push(client.take()) })
    }
    await Promise.all(clients.map(client => client.send(PINGREQ)))
    await Promise.all(clients.map(client => patiently(() => client.closed || client.pinged)))
    clients.forEach((client, i) => {
      outcomes.push({ received: received[i]!, ...ended(client) })
      client.destroy()
    })
    await barrier.pass()
  }
  barrier.close()
  return outcomes
}

/**
 * What comes back through `port`, when the broker behind it answers as `expected`: waited for so long as it is
 * missing.
 */
export const through = async (
  port: number,
  broker: number,
  sequences: readonly Sequence[],
  expected: readonly Outcome[]
): Promise<Outcome[]> => {
  const barrier = await Barrier.of(broker)
  const outcomes: Outcome[] = []
  for (let from = 0; from < sequences.length; from += TOGETHER) {
    const batch = sequences.slice(from, from + TOGETHER)
    outcomes.push(...await Promise.all(batch.map(async (sequence, i) => {
      const client = new Client(port)
      await begin(client, sequence, `w${from + i}`)
      const { received, end } = expected[from + i]!
      const got: string[] = []
      for (const [step, answer] of received.entries()) {
        await client.send(sequence.packets[step]!)
        const closes = end === 'closed' && step === received.length - 1
        const length = answer.length / 2
        await patiently(() => client.closed || (!closes && client.waiting >= length))
        got.push(client.take())
      }
      if (!client.closed) {
        await client.send(PINGREQ)
        await patiently(() => client.closed || client.waiting >= expected[from + i]!.last.length / 2)
      }
      const outcome = { received: got, ...ended(client) }
      client.destroy()
      return outcome
    })))
    await barrier.pass()
  }
  barrier.close()
  return outcomes
}
