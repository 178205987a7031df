// A client of a port that measures round trips for as many milliseconds as a message says, and answers with their 99th
// percentile in milliseconds. usage: probe.ts PORT
import { connect } from 'node:net'

const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]), noDelay: true })
const roundTrip = (): Promise<number> => new Promise(resolve => {
  const at = performance.now()
  socket.once('data', () => { resolve(performance.now() - at) })
  socket.write('ping\n')
})
const measure = async (ms: number): Promise<void> => {
  const times: number[] = []
  for (const end = performance.now() + ms; performance.now() < end;) {
    times.push(await roundTrip())
    await new Promise(resolve => { setTimeout(resolve, 1) })
  }
  times.sort((one, other) => one - other)
  process.send!({ p99: times[Math.floor(times.length * 0.99)]! })
}
process.on('message', (ms: string) => { void measure(Number(ms)) })
process.on('disconnect', () => { process.exit(0) })
socket.on('connect', () => { process.send!('connected') })
