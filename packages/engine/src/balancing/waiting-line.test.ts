import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import type { Placement } from './balancer.ts'
import { type LineHost, WaitingLine } from './waiting-line.ts'

interface Client extends Placement { refused: string | undefined, over: boolean }
const client = (): Client => ({ over: false, queued: undefined, refused: undefined, onNoService (reason: string) { this.refused = reason } }) as Partial<Client> as Client

/** An LB vserver with one free service that only some clients can take. */
class Host implements LineHost {
  readonly line: WaitingLine = new WaitingLine(this)
  readonly served: Client[] = []
  hasRoom = false
  serve: (placement: Placement) => void
  /** `serveWith` places a client, or lets it wait on. */
  constructor (serveWith: (host: Host, client: Client) => void) {
    this.serve = placement => {
      this.served.push(placement as Client)
      if (this.served.length > 100) throw new Error('served forever')
      serveWith(this, placement as Client)
    }
  }

  onWaits (): void {}
  onTimedOut (): void {}

  wait (...clients: Client[]): void { for (const each of clients) this.line.join(each, 100, 600_000) }

  room (): void {
    this.hasRoom = true
    this.line.onRoom()
  }
}

const rejoin = (host: Host, placement: Client): void => { host.wait(placement) }
const place = (placement: Client): void => { placement.queued?.quit() }

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
