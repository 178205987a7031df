import { describe, expect, test } from 'vitest'
import { kindOf, type Kinds } from './first-bytes.ts'

const MQTT = [{ from: 0x10, to: 0x10 }]
const all: Kinds = { tls: true, http: true, raw: true, begins: MQTT }

describe('the kind of first bytes', () => {
  test.each<[string, Buffer, Kinds, ReturnType<typeof kindOf>]>([
    ['a TLS record', Buffer.from('160301', 'hex'), all, 'tls'],
    ['one byte of a TLS record', Buffer.from('16', 'hex'), all, undefined],
    ['a handshake byte with another version', Buffer.from('1602', 'hex'), all, 'none'],
    ['the same, where the extension begins with it', Buffer.from('1602', 'hex'), {
      ...all,
      begins: [{ from: 0x16, to: 0x16 }]
    }, 'raw'],
    ['a TLS record above TLS', Buffer.from('160301', 'hex'), { ...all, tls: false }, 'none'],
    ['a request line', Buffer.from('GET / HTTP/1.1\r\n'), all, 'http'],
    ['a method of WebDAV', Buffer.from('PROPFIND '), all, 'http'],
    ['a method without its space', Buffer.from('GET'), all, undefined],
    ['a method and more letters', Buffer.from('GETS'), all, 'none'],
    ['a method in lower case', Buffer.from('get / '), all, 'none'],
    ['a preface of HTTP/2', Buffer.from('PRI * HTTP/2.0'), all, 'none'],
    ['a request line without HTTP', Buffer.from('GET / '), { ...all, http: false }, 'none'],
    ['an MQTT CONNECT', Buffer.from('100c', 'hex'), all, 'raw'],
    ['bytes that no MQTT client begins with', Buffer.from('ff', 'hex'), all, 'none'],
    ['any bytes, where the extension does not say', Buffer.from('ff', 'hex'), { ...all, begins: undefined }, 'raw'],
    ['MQTT where none is served', Buffer.from('100c', 'hex'), { ...all, raw: false }, 'none']
  ])('%s', (_what, bytes, kinds, kind) => { expect(kindOf(bytes, kinds)).toBe(kind) })

  test('is the same however a request line is cut, and is decided by the space behind its method', () => {
    const line = Buffer.from('DELETE /x HTTP/1.1\r\n')
    for (let n = 1; n <= line.length; n++)
      expect(kindOf(line.subarray(0, n), all)).toBe(n < 'DELETE '.length ? undefined : 'http')
  })
})
