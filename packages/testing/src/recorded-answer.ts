import type { AnswerReader } from '@weirlb/engine/rehearsal'
import { EffectKind, Op, ThenIndex } from '@weirlb/sdk/abi'
import { nameOf, type AnswerRecord, type EffectRecord } from './batch.ts'

const keyBytes = (key: string | undefined): Buffer | undefined =>
  key === undefined ? undefined : Buffer.from(key, 'latin1')

const effectOf = (answer: AnswerReader, n: number): EffectRecord => {
  if (!answer.readEffect(n)) throw new RangeError('the guest wrote an effect that the host does not take')
  return {
    kind: nameOf(EffectKind, answer.effectKind),
    a: answer.effectA,
    count: answer.effectCount,
    bytes: Buffer.from(answer.effectBytes())
  }
}

/** Returns a copy of an answer that is about to be applied. */
export const recordedAnswer = (answer: AnswerReader): AnswerRecord => ({
  op: nameOf(Op, answer.op),
  then: nameOf(ThenIndex, answer.then),
  token: keyBytes(answer.token),
  session: keyBytes(answer.session),
  via: answer.via,
  bytes: answer.bytes === undefined ? undefined : Buffer.from(answer.bytes),
  text: answer.text,
  replies: answer.replies,
  match: keyBytes(answer.match),
  swallow: answer.swallow,
  keep: answer.keep,
  unasked: answer.unasked,
  known: answer.known,
  count: answer.count,
  effects: Array.from({ length: answer.effectsCount }, (_, n) => effectOf(answer, n))
})
