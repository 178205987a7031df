import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { statFields } from '../stats/fields.ts'
import { emptyHistogram } from '../stats/histogram.ts'
import type { Placement } from './balancer.ts'
import { type LineHost, WaitingLine } from './waiting-line.ts'

interface Client extends Placement {
  refused: string | undefined
  over: boolean
  clientEnded: boolean
}
const client = (): Client =>
  ({
    over: false,
    clientEnded: false,
    queued: undefined,
    refused: undefined,
    onNoService (reason: string) {
      this.refused = reason
    }
  }) as Partial<Client> as Client

/** An LB vserver with one free service that only some clients can take. */
class Host implements LineHost {
  readonly line: WaitingLine = new WaitingLine(this)
  readonly served: Client[] = []
  hasRoom = false
  closed = false
  serve: (placement: Placement) => void
  /** `serveWith` places a client, or lets it wait on. */
  constructor (serveWith: (host: Host, client: Client) => void) {
    this.serve = placement => {
      this.served.push(placement as Client)
      if (this.served.length > 20_000) throw new Error('served forever')
      serveWith(this, placement as Client)
    }
  }

  readonly stats = {
    waited: 0,
    waitedInVain: 0,
    noService: 0,
    waitMs: emptyHistogram(statFields.lbVservers.waitMs.bounds)
  }

  wait (...clients: Client[]): void { for (const each of clients) this.line.join(each, 10_000, 600_000, false) }

  room (): void {
    this.hasRoom = true
    this.line.onRoom()
  }
}

const rejoin = (host: Host, placement: Client): void => { host.wait(placement) }
const place = (placement: Client): void => { placement.queued?.served() }

test('a client that cannot have the service with room waits on, and those behind it get it', async () => {
  const [first, second, third] = [client(), client(), client()]
  const host = new Host((host, each) => { (each === first ? rejoin : (_host: Host, other: Client) => { place(other) })(host, each) })
  host.wait(first, second, third)
  host.room()
  await until(() => host.served.length === 3, 'each to be served once')
  expect(host.served).toEqual([first, second, third])
  await until(() => host.line.length === 1, 'only the first to wait')
  // It is still the first of the line when there is room again.
  const fourth = client()
  host.wait(fourth)
  host.room()
  await until(() => host.served.length === 5, 'both to be served')
  expect(host.served.slice(3)).toEqual([first, fourth])
})

test('a client that is refused later keeps its place, and the next one is served', async () => {
  const [first, second] = [client(), client()]
  const host = new Host((host, each) => { if (each === first) setImmediate(() => { host.wait(first) }); else place(each) })
  host.wait(first, second)
  host.room()
  await until(() => host.line.length === 1, 'the second to be placed')
  expect(host.served).toEqual([first, second])
})

test('a client that is placed elsewhere, or leaves, while it waits for an answer does not stop the line', async () => {
  const [first, second] = [client(), client()]
  const host = new Host((_host, each) => { if (each === second) place(each) })
  host.wait(first, second)
  host.room()
  await until(() => host.served.length === 1, 'the first to wait for an answer')
  first.queued!.quit()
  await until(() => host.line.length === 0, 'the second to be placed')
  expect(host.served).toEqual([first, second])
})

test('a client that joins the line of another LB vserver leaves the first one', async () => {
  const [first, second] = [client(), client()]
  const other = new Host(() => {})
  const host = new Host((_host, each) => { if (each === first) other.wait(first); else place(each) })
  host.wait(first, second)
  host.room()
  await until(() => host.line.length === 0, 'both to be gone')
  expect(other.line.length).toBe(1)
  first.queued!.quit()
})

test('a client that comes when there is room waits behind those whose turn it is, and is served after them', async () => {
  const [first, second, newcomer] = [client(), client(), client()]
  const host = new Host((_host, each) => { place(each) })
  host.wait(first, second)
  expect(host.line.precedes(newcomer)).toBe(false)
  host.room()
  expect(host.line.precedes(newcomer)).toBe(true)
  expect(host.line.join(newcomer, 100, 600_000, true)).toBe(true)
  await until(() => host.line.length === 0, 'all to be placed')
  expect(host.served).toEqual([first, second, newcomer])
})

test('clients that cannot have the room there is hold up no newcomer', async () => {
  const [first, newcomer] = [client(), client()]
  const host = new Host(rejoin)
  host.wait(first)
  host.room()
  await until(() => host.served.length === 1, 'the first to be served in vain')
  expect(host.line.precedes(newcomer)).toBe(false)
})

test('a newcomer waits while another one is served, and has its turn then, though nobody else waits', async () => {
  const [first, newcomer] = [client(), client()]
  const host = new Host((_host, each) => { if (each === newcomer) place(each) })
  host.wait(first)
  host.room()
  await until(() => host.served.length === 1, 'the first to wait for an answer')
  expect([host.line.precedes(first), host.line.precedes(newcomer)]).toEqual([false, true])
  host.line.join(newcomer, 100, 600_000, true)
  host.wait(first)
  await until(() => host.served.length === 2, 'the newcomer to be served')
  expect(host.line.length).toBe(1)
})

test('a client that has ended its side does not begin to wait', () => {
  const host = new Host(() => {})
  expect(host.line.join({ ...client(), clientEnded: true }, 100, 600_000, false)).toBe(false)
})

test('in a closed line nobody waits: each is led anew, once, in order', async () => {
  const led: Client[] = []
  const route = { pick: (placement: Placement) => { led.push(placement as Client) } } as Placement['route']
  const clients = Array.from({ length: 1000 }, () => ({ ...client(), route }))
  const host = new Host(() => {})
  host.wait(...clients)
  clients[1]!.over = true
  host.closed = true
  host.line.onRoom()
  await until(() => host.line.length === 0, 'the line to be empty')
  expect(led).toEqual(clients.filter(each => each !== clients[1]))
  expect(clients.every(({ queued }) => queued === undefined)).toBe(true)
})

test('a newcomer costs a full line nothing', () => {
  const host = new Host(() => {})
  const clients = Array.from({ length: 5000 }, client)
  let looks = 0
  for (const each of clients) Object.defineProperty(each, 'over', { get: () => { looks++; return false } })
  host.wait(...clients)
  expect(host.line.join(client(), 5000, 600_000, false)).toBe(false)
  expect(looks).toBe(0)
})

test('a long line of clients that cannot have the room is served in turns of the event loop', async () => {
  const host = new Host(rejoin)
  host.wait(...Array.from({ length: 1000 }, client))
  host.room()
  await new Promise(setImmediate)
  expect(host.served.length).toBe(64)
  await until(() => host.served.length === 1000, 'all to be served')
})
