// What a connect costs that is refused by its address, beside one that is served, and what a flood of them does to
// others.
//   node bench/src/floods/connect-cost.ts [--connects N] [--rounds N] [--rate N] [--seconds N]
// Rounds of both kinds alternate. Then `rate` refused connects a second run for some seconds, while a client of another
// user vserver, a process of its own, measures its round trips; before that it measures them in quiet.
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { Child } from '../processes/child.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    connects: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '3' }
  }
})
const [connects, rounds, rate, seconds] = [values.connects, values.rounds, values.rate, values.seconds].map(Number) as [
  number,
  number,
  number,
  number
]
const TOGETHER = 50

const child = Child.start(import.meta.resolve('./guarded-engine.ts'))
const { a, b } = await child.hear<{ a: number, b: number }>()
const cpu = async (): Promise<number> => (await child.ask<{ cpuUs: number }>('cpu')).cpuUs

/** One connect: of a served client up to its echo. */
const once = (served: boolean): Promise<void> =>
  new Promise(resolve => {
    const socket = connect({
      host: '127.0.0.1',
      port: a,
      localAddress: served ? '127.0.0.2' : '127.0.0.3',
      noDelay: true
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      resolve()
    })
    if (!served) return
    socket.write('hello\n')
    socket.on('data', () => {
      socket.destroy()
    })
  })
const many = async (served: boolean, count: number): Promise<number> => {
  const before = await cpu()
  let left = count
  await Promise.all(Array.from({ length: TOGETHER }, async () => { while (left-- > 0) await once(served) }))
  return (await cpu() - before) / count
}

await many(true, connects)
await many(false, connects)
const served: number[] = []
const refused: number[] = []
for (let round = 0; round < rounds; round++) {
  served.push(await many(true, connects))
  refused.push(await many(false, connects))
}
console.log(
  `CPU µs a connect, median of ${rounds} × ${connects}: served ${median(served).toFixed(0)} (${
    Math.min(...served).toFixed(0)
  }–${Math.max(...served).toFixed(0)}), refused by its address ${median(refused).toFixed(0)} (${
    Math.min(...refused).toFixed(0)
  }–${Math.max(...refused).toFixed(0)}), ratio ${(median(refused) / median(served)).toFixed(2)}`
)

const probe = Child.start(import.meta.resolve('./probe.ts'), String(b))
await probe.hear()
const p99 = async (ms: number): Promise<number> => (await probe.ask<{ p99: number }>(String(ms))).p99
const quiet = await p99(seconds * 1000)
let flooding = true
let sent = 0
let open = 0
const began = performance.now()
const flood = (): void => {
  if (!flooding) return
  // What could not be begun in time is not caught up with.
  for (const due = (performance.now() - began) / 1000 * rate; sent < due && open < 200; sent++) {
    open++
    void once(false).then(() => { open-- })
  }
  setTimeout(flood, 1)
}
flood()
const during = await p99(seconds * 1000)
flooding = false
const reached = sent / (performance.now() - began) * 1000
console.log(
  `p99 of another user vserver: quiet ${quiet.toFixed(2)} ms, under ${reached.toFixed(0)} refused connects a second ${
    during.toFixed(2)
  } ms (${(during / quiet).toFixed(2)} ×); load and clients are on the same machine`
)
await probe.stop()
await child.stop()
