import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { generate, parser, type IConnectPacket, type Packet } from 'mqtt-packet'

/** How a connection ends: FIN or RST from the server; `away`: FIN, and nobody listens for a while. */
export type Ending = 'fin' | 'reset' | 'away'

/** What the server does to one connection. */
export interface Act {
  /** In place of the CONNACK, or when the client's subscription has been acknowledged. */
  readonly when: 'connect' | 'subscribed'
  /** Reason or return code of the CONNACK or DISCONNECT to send; undefined: nothing is said. */
  readonly code?: number | undefined
  /** Server Reference that goes with the code. */
  readonly reference?: string | undefined
  readonly ending: Ending
}

/** What the server saw, in ms of `performance.now()`. */
export interface Visit {
  /** When the CONNECT was complete. */
  readonly at: number
  /** Protocol level of the CONNECT, without the bridge bit. */
  readonly level: number
  /** When the server ended the connection. */
  endedAt: number | undefined
  /** The client was accepted and has subscribed. */
  subscribed: boolean
  closed: boolean
}

/** How long nobody listens, in ms. */
export const AWAY_MS = 3000

/** An MQTT server that plays one act for each connection and serves all that follow. It sends valid packets only. */
export class ScriptedServer {
  readonly visits: Visit[] = []
  readonly #server: Server
  readonly #acts: readonly Act[]
  readonly #sockets = new Set<Socket>()
  #port = 0
  #away: NodeJS.Timeout | undefined

  private constructor (acts: readonly Act[]) {
    this.#acts = acts
    this.#server = createServer({ noDelay: true }, socket => { this.#accept(socket) })
  }

  static async start (acts: readonly Act[]): Promise<ScriptedServer> {
    const server = new ScriptedServer(acts)
    await once(server.#server.listen(0, '127.0.0.1'), 'listening')
    server.#port = (server.#server.address() as AddressInfo).port
    return server
  }

  get port (): number { return this.#port }

  async stop (): Promise<void> {
    clearTimeout(this.#away)
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept (socket: Socket): void {
    this.#sockets.add(socket)
    let visit: Visit | undefined
    let act: Act | undefined
    // The bridge bit is no level.
    const packets = parser()
    packets.on('packet', packet => {
      if (packet.cmd === 'connect') {
        const level = packet.protocolVersion ?? 4
        act = this.#acts[this.visits.length]
        visit = { at: performance.now(), level, endedAt: undefined, subscribed: false, closed: false }
        this.visits.push(visit)
      }
      if (visit !== undefined) this.#answer(socket, packet, visit, act)
    })
    socket.on('data', chunk => { packets.parse(chunk) })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      if (visit !== undefined) visit.closed = true
    })
  }

  #answer (socket: Socket, packet: Packet, visit: Visit, act: Act | undefined): void {
    const protocolVersion = visit.level
    const send = (reply: object): void => { socket.write(generate(reply as Packet, { protocolVersion })) }
    if (packet.cmd === 'connect') {
      if (act?.when === 'connect') this.#end(socket, packet, visit, act)
      else send({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false })
    } else if (packet.cmd === 'subscribe') {
      send({ cmd: 'suback', messageId: packet.messageId, granted: packet.subscriptions.map(() => 0), reasonCodes: [] })
      visit.subscribed = true
      if (act?.when === 'subscribed') this.#end(socket, packet, visit, act)
    } else if (packet.cmd === 'pingreq') {
      send({ cmd: 'pingresp' })
    } else if (packet.cmd === 'publish' && packet.qos === 1) {
      send({ cmd: 'puback', messageId: packet.messageId, reasonCode: 0 })
    }
  }

  #end (socket: Socket, packet: Packet, visit: Visit, act: Act): void {
    const { code, reference, ending } = act
    const properties = reference === undefined ? {} : { properties: { serverReference: reference } }
    if (code !== undefined) {
      const cmd = packet.cmd === 'connect' ? 'connack' : 'disconnect'
      socket.write(
        generate(
          {
            cmd,
            returnCode: code,
            reasonCode: code,
            sessionPresent: false,
            ...properties
          } as unknown as IConnectPacket,
          { protocolVersion: visit.level }
        )
      )
    }
    visit.endedAt = performance.now()
    if (ending === 'reset') {
      socket.resetAndDestroy()
      return
    }
    socket.end()
    if (ending === 'fin') return
    this.#server.close()
    this.#away = setTimeout(() => { this.#server.listen(this.#port, '127.0.0.1') }, AWAY_MS)
  }
}
