// What a connect that an access rule refuses costs beside one that is served, and what many of them do to another user
// vserver.
//   node bench/src/access/refused-connects.ts [--rounds N] [--seconds N] [--rate N] [--transport node|uring]
// One worker. A served client sends CONNECT, gets CONNACK from a server, and is gone. Rounds alternate; the ratio is
// taken within a round. The other user vserver has one client whose PINGREQ is due every millisecond; its time begins
// when it is due.
import { createServer, connect, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { WeirProcess } from '../../../test/support/weir-process.ts'
import { Child } from '../processes/child.ts'
import { cpuUs, treeOf } from '../process-tree.ts'
import { median } from '../statistics.ts'
import type { ConnectOrder, ConnectsDone } from './connect-load.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '10000' },
    transport: { type: 'string', default: 'node' },
    rules: { type: 'string', default: '1000' }
  }
})
const [rounds, seconds, rate, rules] = [values.rounds, values.seconds, values.rate, values.rules].map(Number) as [
  number,
  number,
  number,
  number
]
const ms = seconds * 1000

const CONNECT = Buffer.from('101000044d5154540402003c000474657374', 'hex')
const CONNACK = Buffer.from('20020000', 'hex')
const PINGREQ = Buffer.from('c000', 'hex')
const PINGRESP = Buffer.from('d000', 'hex')

const server = createServer({ noDelay: true }, socket => {
  socket.on('data', chunk => {
    socket.write(chunk[0] === 0x10 ? CONNACK : Buffer.alloc(chunk.length, PINGRESP))
  }).on('error', () => {})
})
await once(server.listen(0, '127.0.0.1'), 'listening')

const weir = await WeirProcess.start({ workers: 1, transport: values.transport, onLog: () => {} })
const load = Child.start(import.meta.resolve('./connect-load.ts'))
await load.hear()
await weir.api.call('replaceConfig', {
  body: {
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
    userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
    services: [{ name: 's', address: '127.0.0.1', port: (server.address() as AddressInfo).port, monitors: [] }],
    lbVservers: [{ name: 'lb', services: [{ name: 's' }] }],
    userVservers: ['busy', 'quiet'].map(name => ({
      name,
      protocol: 'MQTT',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb'
    })),
    accessRules: [
      { name: 'bad', source: '127.0.0.2', action: 'block' },
      ...Array.from(
        { length: rules },
        (_, n) => ({ name: `a${n}`, source: `10.${n >> 8}.${n & 255}.0/24`, action: 'block' as const })
      )
    ]
  }
})
const [busy, quiet] = [await weir.api.port('busy'), await weir.api.port('quiet')]
const pids = treeOf(weir.pid)

const cost = async (order: Pick<ConnectOrder, 'from' | 'hello'>): Promise<number> => {
  const before = cpuUs(pids)
  const { done } = await load.ask<ConnectsDone>(
    { port: busy, together: 32, rate: 0, ms, ...order } satisfies ConnectOrder
  )
  return (cpuUs(pids) - before) / done
}
const served = { from: '127.0.0.1', hello: CONNECT.toString('base64') }
const refused = { from: '127.0.0.2', hello: undefined }

const client = connect({ host: '127.0.0.1', port: quiet, noDelay: true })
await once(client, 'connect')
client.write(CONNECT)
await once(client, 'data')
/** Returns the 50th and 99th percentile of round trips, in milliseconds. */
const roundTrips = async (during: () => Promise<unknown>): Promise<{ p50: number, p99: number }> => {
  const times: number[] = []
  const due: number[] = []
  const begin = performance.now()
  let sent = 0
  client.removeAllListeners('data').on('data', chunk => {
    for (let n = 0; n < chunk.length / 2; n++) times.push(performance.now() - due.shift()!)
  })
  const timer = setInterval(() => {
    for (; sent < performance.now() - begin; sent++) {
      due.push(begin + sent)
      client.write(PINGREQ)
    }
  }, 1)
  await during()
  clearInterval(timer)
  times.sort((a, b) => a - b)
  return { p50: times[times.length >> 1]!, p99: times[Math.floor(times.length * 0.99)]! }
}
const pause = async (): Promise<unknown> => await new Promise(resolve => { setTimeout(resolve, ms) })

await cost(served)
await cost(refused)
const costs: { served: number, refused: number, ratio: number }[] = []
const delays: { quiet: number, busy: number, ratio: number, rate: number }[] = []
for (let round = 0; round < rounds; round++) {
  const one = { served: await cost(served), refused: await cost(refused) }
  costs.push({ ...one, ratio: one.refused / one.served })
  const calm = await roundTrips(pause)
  let done = 0
  const flooded = await roundTrips(async () => { ({ done } = await load.ask<ConnectsDone>({ port: busy, together: 4000, rate, ms, ...refused } satisfies ConnectOrder)) })
  delays.push({ quiet: calm.p99, busy: flooded.p99, ratio: flooded.p99 / calm.p99, rate: done / seconds })
}
const shown = (numbers: number[], digits: number): string =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`
console.log(
  `${rounds} rounds of ${seconds} s, ${
    rules + 1
  } access rules, transport ${values.transport}, Node ${process.version}; medians (least–most)\n`
)
console.log('CPU of a served connection, µs   ', shown(costs.map(each => each.served), 1))
console.log('CPU of a refused connect, µs     ', shown(costs.map(each => each.refused), 1))
console.log('refused : served                 ', shown(costs.map(each => each.ratio), 3))
console.log('refused connects a second        ', shown(delays.map(each => each.rate), 0))
console.log('p99 of the other, quiet, ms      ', shown(delays.map(each => each.quiet), 2))
console.log('p99 of the other, flooded, ms    ', shown(delays.map(each => each.busy), 2))
console.log('flooded : quiet                  ', shown(delays.map(each => each.ratio), 2))
client.destroy()
await load.stop()
await weir.stop()
server.close()
