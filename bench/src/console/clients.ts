// Holds clients of a user vserver from several addresses of loopback, as its parent orders, and lets some of them send.
import { connect, type Socket } from 'node:net'

/** Connect so many more; each sends `hello NAME` and waits for the answer. */
export interface ClientsOrder { readonly port: number, readonly count: number }
/** Let clients send, so many lines a second over all of them; 0: none. */
export interface SendOrder { readonly perSecond: number }

/** Clients of one address: it has some 28,000 ports. */
const PER_ADDRESS = 2000
/** Connects that wait at one time. */
const TOGETHER = 100
const TICK_MS = 100

const sockets: Socket[] = []
let sender: NodeJS.Timeout | undefined

const come = async (port: number): Promise<void> => {
  const n = sockets.length
  const socket = connect({ host: '127.0.0.1', port, localAddress: `127.0.0.${2 + Math.floor(n / PER_ADDRESS)}` })
  sockets.push(socket)
  socket.write(`hello device-${n}\n`)
  await new Promise<void>((resolve, reject) => {
    socket.once('data', () => { resolve() })
    socket.once('error', reject)
    socket.once('close', () => { reject(new Error(`client ${n} was closed`)) })
  })
  socket.on('data', () => {}).on('error', () => {})
}

const orders = {
  async connect ({ port, count }: ClientsOrder): Promise<void> {
    for (let left = count; left > 0; left -= TOGETHER)
      await Promise.all(Array.from({ length: Math.min(left, TOGETHER) }, async () => {
        await come(port)
      }))
  },
  async send ({ perSecond }: SendOrder): Promise<void> {
    clearInterval(sender)
    if (perSecond === 0) return
    const begun = performance.now()
    let sent = 0
    sender = setInterval(() => {
      for (const due = (performance.now() - begun) * perSecond / 1000; sent < due; sent++)
        sockets[sent % sockets.length]!.write('again\n')
    }, TICK_MS)
  }
}

process.on('message', ({ order, ...rest }: { readonly order: keyof typeof orders } & ClientsOrder & SendOrder) => {
  orders[order](rest).then(
    () => process.send!({ open: sockets.length }),
    (error: unknown) => process.send!({ failed: (error as Error).message })
  )
})
process.on('disconnect', () => { process.exit() })
process.send!('ready')
