// Connects to a user vserver, as its parent orders: served or refused, as fast as possible or at a rate.
import { connect } from 'node:net'

/** What to do; `rate`: connects a second, or 0 for as many as `together` allow. */
export interface ConnectOrder {
  readonly port: number
  readonly from: string
  readonly hello: string | undefined
  readonly together: number
  readonly rate: number
  readonly ms: number
}
/** How many connections were made and have ended, and the most that waited at one time. */
export interface ConnectsDone { readonly done: number, readonly peak: number }

const run = async ({ port, from, hello, together, rate, ms }: ConnectOrder): Promise<ConnectsDone> => await new Promise(resolve => {
  const bytes = hello === undefined ? undefined : Buffer.from(hello, 'base64')
  const begin = performance.now()
  let [started, done, open, peak] = [0, 0, 0, 0]
  const one = (): void => {
    started++
    peak = Math.max(peak, ++open)
    const socket = connect({ host: '127.0.0.1', port, localAddress: from })
    if (bytes !== undefined) socket.on('connect', () => { socket.write(bytes) })
    // The reply of a served client is all that it wants.
    socket.on('data', () => { socket.resetAndDestroy() })
    socket.on('error', () => {})
    socket.on('close', () => {
      done++
      open--
      if (rate === 0 && performance.now() - begin < ms) one()
      else if (open === 0 && performance.now() - begin >= ms) resolve({ done, peak })
    })
  }
  if (rate === 0) {
    for (let n = 0; n < together; n++) one()
    return
  }
  const timer = setInterval(() => {
    const now = performance.now() - begin
    while (started < now * rate / 1000 && open < together) one()
    if (now < ms) return
    clearInterval(timer)
    if (open === 0) resolve({ done, peak })
  }, 1)
})

process.on('message', async (order: ConnectOrder) => { process.send!(await run(order)) })
process.on('disconnect', () => { process.exit() })
process.send!('ready')
