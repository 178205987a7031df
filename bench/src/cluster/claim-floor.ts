// The least that claims can cost on this machine: their commands, made beforehand, through a bare socket.
//   node bench/src/cluster/claim-floor.ts [--rate N] [--seconds N]
// Each millisecond sends one script with the claims that are due and the releases of half a second ago, as a node does,
// and reads no more of the reply than where it ends. Prints the time to the reply and the CPU of both processes.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { sessionScript } from '../../../packages/cluster/src/scripts.ts'
import { Redis } from '../../../test/support/redis.ts'
import { findService } from '../../../test/support/services.ts'
import { cpuUs } from '../process-tree.ts'
import { quantileOf } from '../statistics.ts'

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '5' } }
})
const [rate, seconds] = [Number(values.rate), Number(values.seconds)]
const program = findService('redis')
if (program === undefined) throw new Error('this bench needs redis-server')
const redis = await Redis.start(program)
await redis.whole('SCRIPT', 'LOAD', sessionScript)
const sha = createHash('sha1').update(sessionScript).digest('hex')
const socket = connect(redis.port, '127.0.0.1').setNoDelay(true)
await once(socket, 'connect')

const STAY_MS = 500
const WARM_UP_MS = 1500
const PACE_MS = 1
const ticks = (WARM_UP_MS + seconds * 1000) / PACE_MS
const perTick = rate * PACE_MS / 1000
const words = (parts: readonly string[]): string =>
  `*${parts.length}\r\n${parts.map(part => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`
const commandOf = (tick: number): Buffer => {
  const keys: string[] = []
  let lines = ''
  for (let i = 0; i < perTick; i++) {
    keys.push(`weir:{0}s:lb device-${tick * perTick + i}-0123456789abcdef`)
    lines += `claim broker-${i} 120000 \n`
  }
  for (let i = 0; i < perTick && tick * PACE_MS >= STAY_MS; i++) {
    keys.push(`weir:{0}s:lb device-${(tick - STAY_MS / PACE_MS) * perTick + i}-0123456789abcdef`)
    lines += 'release  120000 \n'
  }
  return Buffer.from(
    words(['EVALSHA', sha, String(keys.length), ...keys, 'node', '60000', '1000', 'weir:news', lines])
  )
}
const commands = Array.from({ length: ticks }, (_, tick) => commandOf(tick))

const latencies: number[] = []
const sent: number[] = []
/** A reply is `$LENGTH`, its text, and an end of line. */
let left = 0
let head = ''
const read = (bytes: Buffer): void => {
  const now = performance.now()
  for (let at = 0; at < bytes.length;) {
    if (left === 0) {
      const end = bytes.indexOf('\n', at)
      head += bytes.toString('latin1', at, end < 0 ? bytes.length : end)
      if (end < 0) return
      if (!head.startsWith('$')) throw new Error(`redis-server says ${head}`)
      left = Number(head.slice(1)) + 2
      head = ''
      at = end + 1
    }
    const taken = Math.min(left, bytes.length - at)
    left -= taken
    at += taken
    if (left === 0) latencies.push(now - sent.shift()!)
  }
}
socket.on('data', read)

let tick = 0
let cpu = process.cpuUsage()
let theirs = 0
const began = performance.now()
await new Promise<void>(resolve => {
  const timer = setInterval(() => {
    const now = performance.now()
    for (const due = Math.min(ticks, Math.floor((now - began) / PACE_MS)); tick < due;) {
      if (tick * PACE_MS === WARM_UP_MS) {
        latencies.length = 0
        cpu = process.cpuUsage()
        theirs = cpuUs([redis.pid])
      }
      sent.push(now)
      socket.write(commands[tick++]!)
    }
    if (tick < ticks) return
    clearInterval(timer)
    resolve()
  }, PACE_MS)
})
const used = process.cpuUsage(cpu)
const claims = seconds * rate
latencies.sort((one, two) => one - two)
const quantile = (share: number): string => quantileOf(latencies, share).toFixed(2)
console.log(
  `a bare socket, ${rate} claims/s, ${seconds} s: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, p99.9 ${
    quantile(0.999)
  } ms; ${((used.user + used.system) / claims).toFixed(1)} µs of CPU a claim and release, ${
    ((used.user + used.system) / seconds / 10_000).toFixed(1)
  } % of a core; redis-server: ${((cpuUs([redis.pid]) - theirs) / claims).toFixed(1)} µs`
)
socket.destroy()
await redis.kill()
