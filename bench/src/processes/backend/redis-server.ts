import net from 'node:net'
import { readInto } from '../../wire/read-into.ts'
import { GET_BYTES, redisReply, REPLY_BYTES } from '../../wire/redis-get.ts'
import { listening, untilClosed } from './listening.ts'

const BATCH = 64
const batch = Buffer.concat(Array.from({ length: BATCH }, () => redisReply))

/** A server of Redis that has the same value for every key; its port. It is sent GETs of one length alone. */
export const listenRedis = async (): Promise<number> =>
  await listening(net.createServer({ pauseOnConnect: true, noDelay: true }, accepted => {
    let held = 0
    const socket = readInto(accepted, (_, length) => {
      held += length
      let whole = Math.floor(held / GET_BYTES)
      held -= whole * GET_BYTES
      for (; whole > 0; whole -= BATCH) socket.write(whole >= BATCH ? batch : batch.subarray(0, whole * REPLY_BYTES))
    })
    untilClosed(socket)
  }))
