import { expect, test } from 'vitest'
import { jsonLineOf, lineOf } from './tail-lines.ts'

const data = {
  time: 0,
  kind: 'connection',
  userVserver: 'v',
  client: '127.0.0.1:5',
  session: 'a\u001B[2J\u009B1A\u202E\u{E0001}\n"b',
  reason: 'client-closed',
  detail: undefined
}

test('a line for people has the client first, and nothing that a terminal obeys', () => {
  const line = lineOf('connections', { type: 'end', data })
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} end {9}v 127\.0\.0\.1:5 session=".*b" reason=client-closed$/)
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

test('a line of JSON is what the API sends, and nothing that a terminal obeys', () => {
  const line = jsonLineOf('connections', { type: 'end', data })
  expect(JSON.parse(line)).toEqual({
    stream: 'connections',
    type: 'end',
    ...JSON.parse(JSON.stringify(data)) as object
  })
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

test('dropped ones, requests and calls have words of their own', () => {
  expect(lineOf('events', { type: 'dropped', data: { count: 3 } })).toMatch(/ dropped {5}3 more of events$/)
  expect(lineOf('connections', { type: 'end', data: { ...data, kind: 'request' } })).toContain(' request     v ')
  expect(lineOf('trace', { type: 'record', data: { time: 0, call: 'message', client: '127.0.0.1:5' } })).toContain(
    ' call message 127.0.0.1:5 call=message'
  )
})
