import { once } from 'node:events'
import DNS from 'dns2'
import { atEnd } from './engine-bench.ts'

/** Records of a name: addresses, or SRV records. */
export interface DnsRecords {
  readonly a?: readonly string[]
  readonly aaaa?: readonly string[]
  readonly srv?: readonly {
    readonly target: string
    readonly port: number
    readonly weight?: number
    readonly priority?: number
  }[]
  /** Seconds. Default: 1. */
  readonly ttl?: number
  /**
   * Answered with this code in place of records, or not at all; for questions of this type alone, where one is given.
   */
  readonly fails?: 'SERVFAIL' | 'REFUSED' | 'silence'
  readonly failsFor?: 'A' | 'AAAA' | 'SRV'
}

const { Packet } = DNS
const codes = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const

/** A DNS server on loopback (dns2), over UDP and TCP, whose records a test changes. */
export class DnsServer {
  /** By name; what is not there does not exist (NXDOMAIN). */
  readonly names = new Map<string, DnsRecords>()
  /** Questions so far, as `A name`. */
  readonly asked: string[] = []
  readonly address: string
  readonly #close: () => Promise<void>
  #closed = false

  private constructor (address: string, close: () => Promise<void>) {
    this.address = address
    this.#close = close
  }

  static async start (): Promise<DnsServer> {
    const { udp, tcp, port } = await sockets()
    const server = new DnsServer(`127.0.0.1:${port}`, async () => {
      udp.close()
      tcp.close()
    })
    for (const each of [udp, tcp])
      each.on('request', (request: DNS.Packet, send: (answer: DNS.Packet) => void) => {
        server.#answer(request, send)
      })
    atEnd(async () => {
      await server.close()
    })
    return server
  }

  /** Answers nothing from now on, and its port is closed. */
  async close (): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#close()
  }

  #answer (request: DNS.Packet, send: (answer: DNS.Packet) => void): void {
    const question = request.questions[0]!
    const { A, AAAA, SRV } = Packet.TYPE
    const type = ({ [A]: 'A', [AAAA]: 'AAAA', [SRV]: 'SRV' } as const)[question.type as number]
    const name = question.name!.toLowerCase()
    this.asked.push(`${type} ${name}`)
    const answer = Packet.createResponseFromRequest(request)
    const records = this.names.get(name)
    const fails = records?.failsFor === undefined || records.failsFor === type ? records?.fails : undefined
    if (fails === 'silence') return
    if (records === undefined || fails !== undefined) {
      answer.header.rcode = codes[fails ?? 'NXDOMAIN']
      send(answer)
      return
    }
    const { a = [], aaaa = [], srv = [], ttl = 1 } = records
    const own = { name, class: Packet.CLASS.IN, ttl }
    const found = type === 'A'
      ? a.map(address => ({ ...own, type: A, address }))
      : type === 'AAAA'
      ? aaaa.map(address => ({ ...own, type: AAAA, address }))
      : type === 'SRV'
      ? srv.map(({ weight = 0, priority = 0, ...each }) => ({ ...own, type: SRV, weight, priority, ...each }))
      : []
    answer.answers.push(...found as unknown as DNS.Packet.Resource[])
    send(answer)
  }
}

/** One port of both protocols; that of one may be taken in the other. */
const sockets = async (): Promise<
  { readonly udp: DNS.UDPServer, readonly tcp: DNS.TCPServer, readonly port: number }
> => {
  for (;;) {
    const udp = DNS.createUDPServer()
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const { port } = udp.address()
    const tcp = DNS.createTCPServer()
    try {
      await once(tcp.listen(port, '127.0.0.1'), 'listening')
      return { udp, tcp, port }
    } catch {
      udp.close()
    }
  }
}
