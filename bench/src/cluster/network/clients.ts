import { connect, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { ClaimsLog } from '../../../../test/cluster/claims-log.ts'
import { CLIENT_PORT, type Node } from './node-set.ts'
import { addressIn, CLIENT_ADDRESSES } from './place.ts'

const GIVE_UP_MS = 10_000
/** Half of the connects are of so few keys that several connections of one are usual; of many keys, few ever meet. */
const HOT_KEYS = 200

/** Servers of this process that answer every line with their name. */
export const startServers = (address: string, ports: Readonly<Record<string, number>>): readonly Server[] =>
  Object.entries(ports).map(([name, port]) => createServer(socket => {
    socket.on('error', () => {})
    createInterface(socket).on('error', () => {}).on('line', () => { socket.write(`${name}\n`) })
  }).listen(port, address))

/** What happened to clients since the last look. */
export interface Tally { connects: number, failed: number, slowestMs: number }

/** Clients that come back through any node while their last connection lingers. Each stay is logged. */
export class Clients {
  readonly log = new ClaimsLog()
  readonly #nodes: readonly Node[]
  readonly #open = new Map<string, { readonly node: Node, readonly key: string, readonly socket: Socket }>()
  #tally: Tally = { connects: 0, failed: 0, slowestMs: 0 }
  #count = 0
  #dials = 0
  #timer: NodeJS.Timeout | undefined

  constructor (nodes: readonly Node[]) { this.#nodes = nodes }

  /** Begin with so many connects a second, of so many keys. */
  start (rate: number, keys: number, random: () => number): void {
    const every = 20
    let due = 0
    this.#timer = setInterval(() => {
      for (due += rate * every / 1000; due >= 1; due--) {
        const node = this.#nodes[Math.floor(random() * this.#nodes.length)]!
        // Clients of a machine that is gone go to another one, as DNS or a balancer in front of them has it.
        const among = random() < 0.5 ? Math.min(HOT_KEYS, keys) : keys
        if (node.isUp && !node.isCut) this.#come(node, `device-${Math.floor(random() * among)}`, 500 + random() * 3000)
      }
    }, every)
  }

  stop (): void {
    clearInterval(this.#timer)
    for (const { socket } of this.#open.values()) socket.destroy()
  }

  /** Returns what happened since the last call. */
  take (): Tally {
    const tally = this.#tally
    this.#tally = { connects: 0, failed: 0, slowestMs: 0 }
    return tally
  }

  /** The clients of a node are gone. */
  drop (node: Node): void { for (const open of this.#open.values()) if (open.node === node) open.socket.destroy() }

  /** Returns the server that a key meets through a node; undefined: none. */
  async meet (node: Node, key: string): Promise<string | undefined> {
    return await new Promise(resolve => {
      const socket = this.#dial(node, key, server => {
        resolve(server)
        socket.destroy()
      })
      socket.on('close', () => { resolve(undefined) })
    })
  }

  /** Some of the keys that have a client now. */
  keys (): string[] { return [...new Set([...this.#open.values()].map(({ key }) => key))] }

  #come (node: Node, key: string, stayMs: number): void {
    const id = String(this.#count++)
    const at = performance.now()
    let met = false
    const socket = this.#dial(node, key, server => {
      if (met) return
      met = true
      const now = performance.now()
      this.#tally.connects++
      this.#tally.slowestMs = Math.max(this.#tally.slowestMs, now - at)
      this.log.connected(key, id, node.name, server, now, at)
      this.#open.set(id, { node, key, socket })
      setTimeout(() => { socket.destroy() }, stayMs).unref()
    })
    socket.on('close', () => {
      if (!met) this.#tally.failed++
      this.#open.delete(id)
      this.log.closed(key, id, performance.now())
    })
  }

  #dial (node: Node, key: string, onServer: (name: string) => void): Socket {
    const localAddress = addressIn('data', CLIENT_ADDRESSES.from + this.#dials++ % CLIENT_ADDRESSES.count)
    const socket = connect({ port: CLIENT_PORT, host: node.address, localAddress })
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    let text = ''
    socket.on('data', chunk => {
      text += String(chunk)
      if (text.endsWith('\n') && !text.startsWith('ERR')) onServer(text.trimEnd())
    })
    socket.setTimeout(GIVE_UP_MS, () => { socket.destroy() })
    socket.write(`HELLO ${key}\n`)
    return socket
  }
}
