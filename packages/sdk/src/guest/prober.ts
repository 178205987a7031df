import { Event, Op } from '../abi/layout.ts'
import type { Message } from '../context.ts'
import type { Judgement, Protocol } from '../protocol.ts'
import type { AnswerWriter } from './answer-writer.ts'
import { refusePromise } from './promises.ts'
import { show } from './show.ts'

/** Call a protocol's probe for the bytes to send, or for the meaning of a reply. */
export const answerProbe = (protocol: Protocol<unknown>, event: number, message: Message, writer: AnswerWriter): void => {
  const probe = protocol.probe!
  if (event === Event.probeSend) {
    const bytes = probe.send()
    refusePromise(bytes, 'probe.send', protocol)
    writer.op(Op.forward)
    writer.bytes(bytes, 'probe.send')
    return
  }
  const judgement: Judgement = probe.judge(message)
  if (judgement === 'up') writer.op(Op.forward)
  else if (judgement === 'down') writer.reject('', undefined)
  else if (typeof judgement?.down === 'string') writer.reject(judgement.down, undefined)
  else {
    refusePromise(judgement, 'probe.judge', protocol)
    throw new TypeError(`probe.judge returned ${show(judgement)}; there are: 'up', 'down', { down: 'why' }`)
  }
}
