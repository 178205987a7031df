import { drop, forward, reject, type Key } from '@weir/sdk'
import type { AnswerRecord } from './batch.ts'
import type { Answered } from './driven.ts'

/** A key as an author writes it: text where it is UTF-8, else bytes. */
export const keyOf = (bytes: Buffer): Key => {
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : Uint8Array.from(bytes)
}

/** The verdict that the author's handler returned, as the SDK makes it: parts that were not given are not there, and neither are `then: 'continue'` and `replies: 1`. */
export const answeredOf = (answer: AnswerRecord): Answered => {
  const { token, session, via, bytes, then, replies } = answer
  switch (answer.op) {
    case 'forward': return forward({
      ...(token === undefined ? {} : { token: keyOf(token) }),
      ...(session === undefined ? {} : { session: keyOf(session) }),
      ...(via === undefined ? {} : { via }),
      ...(bytes === undefined ? {} : { bytes: Uint8Array.from(bytes) }),
      ...(replies === 1 ? {} : { replies }),
      ...(then === 'pipe' || then === 'tunnel' ? { then } : {})
    })
    case 'drop': return drop()
    case 'reject': return reject(answer.text ?? '', bytes === undefined ? undefined : Uint8Array.from(bytes))
    default: return { op: answer.op === 'malformed' ? 'malformed' : 'threw', why: answer.text ?? '' }
  }
}
