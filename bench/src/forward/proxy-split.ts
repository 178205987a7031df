// The floor of a split request: sockets of node:net that send one request to each server for one of a client, and then
// one reply. Nothing is parsed or made. usage: proxy-split.ts REQUEST_LENGTH REPLY [PORT REQUEST REPLY_LENGTH]…, with
// texts in latin1
import net from 'node:net'
import { readInto } from '../wire/read-into.ts'
import { answerUsage } from '../processes/answer-usage.ts'

const [, , requestLength, reply, ...rest] = process.argv
const shared = Buffer.alloc(64 * 1024)
const replyBytes = Buffer.from(reply!, 'latin1')
const servers = Array.from(
  { length: rest.length / 3 },
  (_, i) => ({
    port: Number(rest[3 * i]),
    request: Buffer.from(rest[3 * i + 1]!, 'latin1'),
    length: Number(rest[3 * i + 2])
  })
)

const server = net.createServer({ pauseOnConnect: true }, accepted => {
  let asked = 0
  let waiting = 0
  const links = servers.map(({ port, length: whole }) => {
    let missing = whole
    return net.connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (length: number) => {
          missing -= length
          if (missing > 0) return true
          missing = whole
          if (--waiting === 0) client.write(replyBytes)
          return true
        }
      }
    } as unknown as net.NetConnectOpts)
  })
  const client = readInto(accepted, (_, length) => {
    asked += length
    if (asked < Number(requestLength)) return
    asked = 0
    waiting = links.length
    links.forEach((link, i) => link.write(servers[i]!.request))
  })
  for (const socket of [client, ...links]) {
    socket.on('error', () => client.destroy())
    socket.on('close', () => { for (const one of [client, ...links]) one.destroy() })
  }
})
server.listen(0, '127.0.0.1', 4096, () => process.send!({ port: (server.address() as net.AddressInfo).port }))
answerUsage()
