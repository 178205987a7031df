import { expect, test } from 'vitest'
import { bothRuntimes, drive, everySplit } from '@weirlb/testing'
import syslog from './index.ts'
import plain from './plain.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))
const counted = (message: string): string => `${Buffer.byteLength(message)} ${message}`

const su =
  '<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - BOM\'su root\' failed for lonvick on /dev/pts/8'
const bfg = '<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!'
const event =
  '<165>1 2003-10-11T22:14:15.003Z MyMachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3"] multi\nline'
const stream = bytes(counted(su) + `${bfg}\n` + counted(event) + 'no priority\n')

test('both framings on one connection, by facility', () => {
  const t = everySplit(syslog, stream)
  expect(t.verdicts).toEqual(['4', '1', '20', '1'].map(key => ({ op: 'forward', token: key, session: key })))
  expect(t.counters).toEqual({ critical: 1, notice: 3 })
  expect(t.forwarded).toEqual(stream)
})

test('by host name', () => {
  const t = drive(syslog, stream, { params: { key: 'host' } })
  // A message without a host name has no key: an empty one is none.
  expect(t.verdicts.map(verdict => (verdict as { token?: string }).token)).toEqual([
    'mymachine.example.com',
    '10.0.0.99',
    'mymachine.example.com',
    undefined
  ])
})

test('four messages in one read cost one crossing; plain they cost none', () => {
  expect(drive(syslog, stream).crossings).toBe(1)
  expect(everySplit(plain, stream)).toMatchObject({ crossings: 0, verdicts: [], forwarded: stream })
})

test('the line feed behind a counted message is no message', () => {
  const given = bytes(`${counted(su)}\n${counted(bfg)}\n${bfg}\n`)
  const t = everySplit(syslog, given)
  expect(t.verdicts.map(verdict => verdict.op)).toEqual(['forward', 'drop', 'forward', 'drop', 'forward'])
  expect(t.forwarded).toEqual(bytes(counted(su) + counted(bfg) + `${bfg}\n`))
  const unseen = everySplit(plain, given)
  expect([unseen.verdicts, unseen.forwarded]).toEqual([[{ op: 'drop' }, { op: 'drop' }], t.forwarded])
})

test('the last line may end with the stream; a counted message may not', () => {
  expect(drive(syslog, bytes(`${bfg}\n${bfg}`), { end: true })).toMatchObject({
    forwarded: bytes(`${bfg}\n${bfg}`),
    closed: 'client-closed'
  })
  expect(drive(syslog, bytes(`${bfg}\n50 cut off`), { end: true }).verdicts).toHaveLength(1)
})

test.each([
  ['a count that is larger than a message may be', '65537 x'],
  ['messages that end with NUL', '<13>a\0<13>b\0'],
  ['a count that never ends', '1234567890'],
  ['a count without a space', '12<34>'],
  ['a line that never ends', 'x'.repeat(70_000)]
])('refused at every split: %s', (_, text) => {
  const t = text.length > 100 ? drive(syslog, bytes(text)) : everySplit(syslog, bytes(text))
  expect(t).toMatchObject({ closed: 'protocol-error', forwarded: bytes('') })
})

test('a message of 64 KiB is taken in either framing, and a NUL within a line', () => {
  const large = `<13>${'x'.repeat(65_532)}`
  const given = bytes(`${counted(large)}${large}\n<13>a\0b\0\n${counted('<13>a\0<13>b')}`)
  expect(drive(syslog, given)).toMatchObject({ forwarded: given, closed: undefined })
})

for (const { runtime, protocol } of await bothRuntimes(new URL('./index.ts', import.meta.url))) {
  test(`a long message is judged by its head (${runtime})`, () => {
    const long = bytes(counted(`${su}${'.'.repeat(60_000)}`))
    const t = drive(protocol, long)
    expect(t.verdicts).toEqual([{ op: 'forward', token: '4', session: '4' }])
    expect(t.forwarded.length).toBe(long.length)
  })
}
