import { encodeUtf8, type Bytes } from '@weirlb/sdk'
import type { Refused } from './refused.ts'

const CRLF = encodeUtf8('\r\n')

export const OK = encodeUtf8('+OK\r\n')
export const PONG = encodeUtf8('+PONG\r\n')

/** A bulk string. */
export const bulk = (value: Bytes): Bytes => {
  const head = encodeUtf8(`$${value.length}\r\n`)
  const all = new Uint8Array(head.length + value.length + 2)
  all.set(head)
  all.set(value, head.length)
  all.set(CRLF, head.length + value.length)
  return all
}

/** An error, on one line whatever the text quotes. */
export const error = ({ code, message }: Pick<Refused, 'code' | 'message'>): Bytes => encodeUtf8(`-${code} ${message.replace(/[^ -~]/g, '?')}\r\n`)
