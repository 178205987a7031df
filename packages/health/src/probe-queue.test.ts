import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { ProbeQueue, type Queued } from './probe-queue.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

test('a queue that is never empty keeps nothing of those whose turn is over', async () => {
  const queue = new ProbeQueue(1)
  const seen: WeakRef<Queued>[] = []
  let turns = 0
  const ask = (): void => {
    const monitor = { onTurn: () => { turns++; return true } }
    seen.push(new WeakRef(monitor))
    queue.ask(monitor)
  }
  for (let waiting = 0; waiting < 11; waiting++) ask()
  for (let over = 1; over <= 5000; over++) {
    ask()
    queue.done()
    // Eight begin in a turn of the event loop.
    if (over % 8 === 0) await turn()
  }
  await turn()
  expect(turns).toBe(5001)
  gc()
  expect(seen.filter(one => one.deref() !== undefined).length).toBeLessThan(2500)
})
