import net from 'node:net'
import { httpResponse, requestCounter } from '../../wire/http-messages.ts'
import { readInto } from '../../wire/read-into.ts'
import { listening, untilClosed } from './listening.ts'

/** An HTTP server that gives every request the same response; its port. */
export const listenHttp = async (): Promise<number> =>
  await listening(net.createServer({ pauseOnConnect: true, noDelay: true }, accepted => {
    const counter = requestCounter()
    const socket = readInto(accepted, (bytes, length) => {
      for (let whole = counter.count(bytes, length); whole > 0; whole--) socket.write(httpResponse)
    })
    untilClosed(socket)
  }))
