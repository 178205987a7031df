import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  MAX_RECORD, SessionRecordReader, SessionRecordWriter, type ReadReport, type SessionRecordSink
} from './session-records.ts'

const anyByte = Array.from({ length: 128 }, (_, i) => String.fromCharCode(i * 2)).join('')
const hashed = 'sha256:'.padEnd(129, ':') + 'ab'.repeat(32)

/** One of each kind, and what a reader says of them. */
const written = (checked = true): Buffer => {
  const writer = new SessionRecordWriter(checked)
  writer.start(7)
  writer.onHeld('lb', 'k', 's')
  writer.onFreed('lb', anyByte, 's', 5000, 1000)
  writer.onHeld('x'.repeat(127), hashed, 'y'.repeat(127))
  writer.onRemoved('lb', 'k')
  writer.onEvicted('lb', '')
  writer.onDropped('lb', 's')
  writer.alive()
  expect(writer.length).toBeGreaterThan(0)
  const bytes = Buffer.from(writer.take())
  expect([writer.length, writer.take().length]).toEqual([0, 0])
  return bytes
}
const told = [
  'alive',
  'start 7',
  'held lb k s',
  `freed lb ${anyByte} s 5000 now+1000`,
  `held ${'x'.repeat(127)} ${hashed} ${'y'.repeat(127)}`,
  'removed lb k',
  'removed lb ',
  'dropped lb s',
  'alive'
]

const read = (
  ...files: readonly (readonly Uint8Array[])[]
): { readonly told: string[], readonly report: ReadReport } => {
  const said: string[] = []
  const now = Date.now()
  const about = (time: number): number => Math.round((time - now) / 60_000)
  const sink: SessionRecordSink = {
    onStart: entries => {
      said.push(`start ${entries}`)
    },
    onHeld: (...of) => {
      said.push(`held ${of.join(' ')}`)
    },
    onFreed: (lbVserver, key, service, ttlMs, expiresAt) => {
      said.push(`freed ${lbVserver} ${key} ${service} ${ttlMs} now+${about(expiresAt) === 0 ? 1000 : 'wrong'}`)
    },
    onRemoved: (...of) => {
      said.push(`removed ${of.join(' ')}`)
    },
    onDropped: (...of) => {
      said.push(`dropped ${of.join(' ')}`)
    },
    onAlive: time => {
      said.push(about(time) === 0 ? 'alive' : 'alive at another time')
    }
  }
  const reader = new SessionRecordReader(sink)
  for (const parts of files) {
    for (const part of parts) reader.push(part)
    if (parts !== files.at(-1)) reader.endFile()
  }
  return { report: reader.end(), told: said }
}

test('what is written is read again, wherever it is cut', () => {
  const bytes = written()
  for (let cut = 0; cut <= bytes.length; cut++)
    expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual({
      told,
      report: { records: 8, damagedBytes: 0 }
    })
  expect(read(Array.from(bytes, byte => Uint8Array.of(byte))).told).toEqual(told)
})

test('between processes records have no checksums, and are read wherever a message ends', () => {
  const bytes = written(false)
  expect(bytes.readUInt32LE(0)).toBe(0)
  for (let cut = 0; cut <= bytes.length; cut++) {
    const said: string[] = []
    const note = (what: string) => (...of: readonly (string | number)[]): void => {
      said.push(`${what} ${of[0]}`)
    }
    const reader = new SessionRecordReader({
      onStart: note('start'),
      onHeld: note('held'),
      onFreed: note('freed'),
      onRemoved: note('removed'),
      onDropped: note('dropped'),
      onAlive: () => {}
    }, false)
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) reader.push(part)
    expect(reader.end()).toEqual({ records: 8, damagedBytes: 0 })
    expect(said).toEqual([
      'start 7',
      'held lb',
      'freed lb',
      `held ${'x'.repeat(127)}`,
      'removed lb',
      'removed lb',
      'dropped lb'
    ])
  }
})

test('a file that ends anywhere gives what was written whole, and calls nothing damaged', () => {
  const bytes = written()
  let most = 0
  for (let end = 0; end <= bytes.length; end++) {
    const { told: some, report } = read([bytes.subarray(0, end)])
    expect([some, report.damagedBytes]).toEqual([told.slice(0, some.length), 0])
    expect(some.length).toBeGreaterThanOrEqual(most)
    most = some.length
  }
  expect(most).toBe(told.length)
})

test('the next file is read behind one that ends in the middle of a record', () => {
  const bytes = written()
  for (let end = 0; end <= bytes.length; end++) {
    const { told: all, report } = read([bytes.subarray(0, end)], [bytes])
    expect([all.slice(-told.length), report.damagedBytes]).toEqual([told, 0])
  }
})

test('the next file\'s first bytes do not finish a record, also where they are the ones that it lacks', () => {
  const bytes = written()
  for (let length = 1; length <= 4; length++) {
    const file = bytes.subarray(0, bytes.length - length)
    const next = Buffer.concat([bytes.subarray(bytes.length - length), bytes])
    expect(read([file], [next]).told).toEqual([...told.slice(0, -1), ...told])
  }
})

test('a byte that is another one costs its record alone, and is told', () => {
  const bytes = written()
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 0x55
    const { told: rest, report } = read([damaged])
    expect([at, rest.length]).toEqual([at, told.length - (rest[0] === 'alive' && rest[1] === 'start 7' ? 1 : 2)])
    expect(told).toEqual(expect.arrayContaining(rest))
    // Of the last one it cannot be told from one that was not written to its end.
    expect(report.damagedBytes > 0 || rest.at(-1) !== 'alive' || rest.length === 7).toBe(true)
  }
})

test.each([[MAX_RECORD, 0], [MAX_RECORD + 1, MAX_RECORD + 1]])(
  '%i bytes at the end that are no record are %i damaged ones',
  (count, damagedBytes) => {
    const { told: all, report } = read([written(), Buffer.alloc(count)])
    expect([all, report.damagedBytes]).toEqual([told, damagedBytes])
  }
)

test('what a later version wrote is not guessed at', () => {
  const writer = new SessionRecordWriter()
  writer.start()
  const later = Buffer.from(writer.take())
  later.writeDoubleLE(2, 16)
  expect(read([later]).told).toEqual([])
  later.writeUInt32LE(crc32(later.subarray(4)))
  expect(() => read([later])).toThrow(
    expect.objectContaining({
      code: 'storage-failed',
      message: expect.stringContaining('in form 2; this one reads up to 1') as string
    }) as Error
  )
})
