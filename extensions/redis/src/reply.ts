import { encodeUtf8, type Bytes } from '@weirlb/sdk'
import type { Refused } from './refused.ts'

const CRLF = encodeUtf8('\r\n')

export const OK = encodeUtf8('+OK\r\n')
export const PONG = encodeUtf8('+PONG\r\n')

export const QUEUED = encodeUtf8('+QUEUED\r\n')
export const NO_COMMANDS = encodeUtf8('*0\r\n')

/** An integer. */
export const integer = (value: number): Bytes => encodeUtf8(`:${value}\r\n`)

/** A command in the form that servers take. */
export const command = (...words: readonly string[]): Bytes => encodeUtf8(`*${words.length}\r\n${words.map(word => `$${word.length}\r\n${word}\r\n`).join('')}`)

/** Several in one. */
export const joined = (parts: readonly Bytes[]): Bytes => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

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
