// The floor: a TCP proxy on plain net with onread buffers and a copy per chunk. usage: plain-proxy.ts SERVER_PORT
import net from 'node:net'
import { readInto } from '../wire/read-into.ts'
import { answerUsage } from './answer-usage.ts'

const target = Number(process.argv[2])
const shared = Buffer.alloc(64 * 1024)

const server = net.createServer({ pauseOnConnect: true }, accepted => {
  const client = readInto(accepted, (bytes, length) => {
    if (!upstream.write(Buffer.from(bytes.subarray(0, length)))) client.pause()
  })
  const upstream = net.connect({
    port: target,
    host: '127.0.0.1',
    noDelay: true,
    allowHalfOpen: true,
    onread: {
      buffer: shared,
      callback: (length: number, bytes: Uint8Array) => {
        if (!client.write(Buffer.from(bytes.subarray(0, length)))) upstream.pause()
        return true
      }
    }
  } as unknown as net.NetConnectOpts)
  client.on('drain', () => upstream.resume())
  upstream.on('drain', () => client.resume())
  client.on('end', () => upstream.end())
  upstream.on('end', () => client.end())
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
  upstream.on('close', () => client.destroy())
})
server.listen(0, '127.0.0.1', 4096, () => process.send!({ port: (server.address() as net.AddressInfo).port }))
answerUsage()
