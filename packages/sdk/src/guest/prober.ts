import { Event, Op } from '../abi/layout.ts'
import type { Message } from '../context.ts'
import type { Judgement, Probe } from '../protocol.ts'
import type { AnswerWriter } from './answer-writer.ts'
import { show } from './show.ts'

/** Ask a protocol's probe what to send, or what an answer means. */
export const answerProbe = (probe: Probe, event: number, message: Message, writer: AnswerWriter): void => {
  if (event === Event.probeSend) {
    writer.op(Op.forward)
    writer.bytes(probe.send())
    return
  }
  const judgement: Judgement = probe.judge(message)
  if (judgement === 'up') writer.op(Op.forward)
  else if (judgement === 'down') writer.reject('', undefined)
  else if (typeof judgement?.down === 'string') writer.reject(judgement.down, undefined)
  else throw new TypeError(`probe.judge answered ${show(judgement)}; there are: 'up', 'down', { down: 'why' }`)
}
