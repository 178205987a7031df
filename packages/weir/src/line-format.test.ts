import { expect, test } from 'vitest'
import { prettyLines } from './line-format.ts'

const plain = prettyLines(false)
const line = (record: object): string => `${JSON.stringify(record)}\n`

test('a record becomes a line for people', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5, 6).toISOString()
  expect(
    plain(
      line({
        level: 30,
        worker: 1,
        pid: 7,
        time,
        userVserver: 'mqtt',
        client: '127.0.0.1:5',
        bytesIn: 3,
        detail: 'two words',
        fields: { a: 'b' },
        msg: 'connection closed'
      })
    )
  )
    .toBe(
      '03:04:05.006 INFO  connection closed  worker=1 userVserver=mqtt client=127.0.0.1:5 bytesIn=3 detail="two words" fields={"a":"b"}\n'
    )
})

test('colours are for terminals', () => {
  expect(prettyLines(true)(line({ level: 50, msg: 'x' }))).toBe(
    '\u001B[2m--:--:--.---\u001B[0m \u001B[31mERROR\u001B[0m x\n'
  )
})

test('what clients choose moves no cursor and begins no line', () => {
  const session = 'a\u001B[2J\n\u009B1A\u202Eb\u2028\u{E0001}'
  for (const record of [{ level: 30, session, msg: 'm' }, { level: 30, msg: session }, { level: 30, [session]: 1, msg: 'm' }, { level: 30, msg: 'm', fields: { session } }]) {
    const text = plain(line(record))
    expect(text.match(/[\p{Cc}\p{Cf}\p{Zl}]/gu)).toEqual(['\n'])
    expect(text.endsWith('\n')).toBe(true)
  }
})

test.each(['not JSON\u001B[1m\n', '[1]\n', 'null\n'])('a line that is no record stays, %j', text => {
  expect(plain(text)).toBe(text.replace('\u001B', '\\u001b'))
})
