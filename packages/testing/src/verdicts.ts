import { EVERY, readSplit } from '@weirlb/sdk/abi'
import { drop, forward, pipe, reject, type Key, type Keys } from '@weirlb/sdk'
import type { AnswerRecord } from './batch.ts'
import type { Answered } from './driven.ts'

/** A key as an author writes it: text where it is UTF-8, else bytes. */
export const keyOf = (bytes: Buffer): Key => {
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : Uint8Array.from(bytes)
}

/** Returns the keys of an answer. */
export const keysOf = ({ token, session, via }: AnswerRecord): Keys => ({
  ...(token === undefined ? {} : { token: keyOf(token) }),
  ...(session === undefined ? {} : { session: keyOf(session) }),
  ...(via === undefined ? {} : { via })
})

/** A split without its functions and pieces. */
const splitOf = ({ bytes, via }: AnswerRecord): Answered => {
  const { to, tokens, tokenRanges } = readSplit(bytes ?? Buffer.alloc(0))!
  return {
    op: 'split',
    ...(to === undefined
      ? { tokens: tokens?.map(token => keyOf(Buffer.from(token))) ?? [...tokenRanges as Int32Array] }
      : { to: to === EVERY ? 'all' : to }),
    ...(via === undefined ? {} : { via })
  }
}

/**
 * The verdict that the author's handler returned, as the SDK makes it: parts that were not given are not there, and
 * neither are `then: 'continue'` and `replies: 1`.
 */
export const answeredOf = (answer: AnswerRecord): Answered => {
  const { bytes, match, swallow, keep, unasked, known, then, replies } = answer
  switch (answer.op) {
    case 'forward': return forward({
      ...keysOf(answer),
      ...(bytes === undefined ? {} : { bytes: Uint8Array.from(bytes) }),
      ...(replies === 1 ? {} : { replies }),
      ...(match === undefined ? {} : { match: keyOf(match) }),
      ...(swallow === 0 ? {} : { swallow }),
      ...(keep === undefined ? {} : { keep }),
      ...(unasked ? { unasked } : {}),
      ...(known ? { known } : {}),
      ...(then === 'pipe' || then === 'tunnel' ? { then } : {})
    })
    case 'drop': return drop()
    case 'split': return splitOf(answer)
    case 'pipe': return pipe({ ...keysOf(answer), ...(then === 'tunnel' ? { then } : {}) })
    case 'reject': return reject(answer.text ?? '', bytes === undefined ? undefined : Uint8Array.from(bytes))
    default: return { op: answer.op === 'malformed' ? 'malformed' : 'threw', why: answer.text ?? '' }
  }
}
