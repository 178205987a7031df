import { Event, Op } from '../abi/layout.ts'
import { readList } from '../abi/lists.ts'
import type { ProbeAbout } from '../abi/probe-call.ts'
import type { Protocol } from '../protocol.ts'
import type { Judgement } from '../probe.ts'
import { decodeUtf8 } from '../utf8.ts'
import type { AnswerWriter } from './answer-writer.ts'
import { GuestMessage } from './context.ts'
import { refusePromise } from './promises.ts'
import { show } from './show.ts'

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/**
 * Call a protocol's probe for the bytes to send, or for the meaning of a message of `length` bytes; `call`: as
 * `writeProbeCall` writes it.
 */
export const answerProbe = (
  protocol: Protocol<unknown>,
  event: number,
  call: Uint8Array,
  length: number,
  writer: AnswerWriter
): void => {
  const probe = protocol.probe!
  const [about, reply] = readList(call) as [Uint8Array, Uint8Array]
  const context = JSON.parse(decodeUtf8(about)) as ProbeAbout
  if (event === Event.probeSend) {
    const bytes = probe.send(context as never)
    refusePromise(bytes, 'probe.send', protocol)
    writer.op(Op.forward)
    writer.bytes(bytes, 'probe.send')
    return
  }
  const message = new GuestMessage(reply)
  message.point(0, reply.length, length)
  const judgement: Judgement = probe.judge(message, context as never)
  if (judgement === 'up') writer.op(Op.forward)
  else if (judgement === 'down') writer.reject('', undefined)
  else if (isObject(judgement) && 'down' in judgement && typeof judgement.down === 'string')
    writer.reject(judgement.down, undefined)
  else if (isObject(judgement) && 'send' in judgement) {
    const { send, awaits } = judgement
    writer.op(Op.forward)
    writer.bytes(send, 'probe.judge: send')
    if (awaits !== undefined) writer.text(String(awaits))
  } else {
    refusePromise(judgement, 'probe.judge', protocol)
    throw new TypeError(
      `probe.judge returned ${show(judgement)}; there are: 'up', 'down', { down: 'why' }, { send: bytes }`
    )
  }
}
