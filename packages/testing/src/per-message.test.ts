import { defineProtocol, drop, encodeUtf8, forward, frame, reject } from '@weirlb/sdk'
import { describe, expect, test } from 'vitest'
import { everySplit } from './every-split.ts'

const lines = frame.lines({ max: 100 })
const protocol = (replies: 'none' | 'as-they-come' | 'in-order') => defineProtocol({
  name: 'each', api: 1, balance: 'per-message', replies,
  client: {
    framing: lines,
    onMessage (message, ctx) {
      const [word = '', rest = ''] = message.text().trim().split(' ')
      if (word === 'own') {
        ctx.reply(encodeUtf8(`own ${rest}\n`))
        return drop()
      }
      if (word === 'reject') return reject('told to', encodeUtf8('no\n'))
      return word === 'silent' ? forward({ replies: 0 }) : forward({ token: word })
    }
  },
  ...(replies === 'none' ? {} : { server: { framing: lines } })
})
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const bytes = (said: string): Uint8Array => encodeUtf8(said)

describe('message by message', () => {
  test('each message has its keys, and servers that are not heard say nothing', () => {
    const t = everySplit(protocol('none'), [{ client: bytes('a\nb\n') }, { server: bytes('hm\n') }])
    expect(t).toMatchObject({ verdicts: [forward({ token: 'a' }), forward({ token: 'b' })], closed: undefined })
    expect(text(t.forwarded)).toBe('a\nb\n')
    expect(text(t.returned)).toBe('')
  })

  test('replies of its own have their turn', () => {
    const t = everySplit(protocol('in-order'), [{ client: bytes('a\nown 1\nsilent\nb\nown 2\n') }, { server: bytes('A\nB\n') }])
    expect(text(t.returned)).toBe('A\nown 1\nB\nown 2\n')
    expect(t.verdicts).toContainEqual(forward({ replies: 0 }))
  })

  test('a refusal waits for the replies before it', () => {
    const t = everySplit(protocol('in-order'), [{ client: bytes('a\nreject\nb\n') }, { server: bytes('A\n') }])
    expect(t).toMatchObject({ closed: 'rejected', detail: 'told to' })
    expect(text(t.returned)).toBe('A\nno\n')
    expect(text(t.forwarded)).toBe('a\n')
  })

  test('a message that answers nothing ends the connection', () => {
    const t = everySplit(protocol('in-order'), [{ client: bytes('a\n') }, { server: bytes('A\nB\n') }])
    expect(t.closed).toBe('reply-unexpected')
    expect(text(t.returned)).toBe('A\n')
  })

  test('a server is told the prelude before its first message, and its answer goes nowhere', () => {
    const greeting = defineProtocol({
      name: 'greets', api: 1, balance: 'per-message', replies: 'in-order',
      client: { framing: lines, onMessage (message, ctx) { if (message.text() === 'in\n') { ctx.prelude(bytes('auth\n')); return drop() } return forward() } },
      server: { framing: lines }
    })
    const t = everySplit(greeting, [{ client: bytes('in\na\n') }, { server: bytes('welcome\nA\n') }])
    expect(t.preludes.map(text)).toEqual(['auth\n'])
    expect(text(t.forwarded)).toBe('auth\na\n')
    expect(text(t.returned)).toBe('A\n')
  })
})
