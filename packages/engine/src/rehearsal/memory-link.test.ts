import type { LinkSink } from '@weirlb/link'
import { expect, test } from 'vitest'
import { MemoryLink } from './memory-link.ts'
import { Ticks } from './ticks.ts'

interface Met { readonly link: MemoryLink, readonly heard: string[], readonly ticks: Ticks }

const meet = (onBytes: (met: Met, text: string) => void = () => {}): Met => {
  const ticks = new Ticks()
  const heard: string[] = []
  const link = new MemoryLink({
    onWritten: (_link, bytes) => { heard.push(`written ${String(bytes)}`) },
    onEnded: () => { heard.push('ended') },
    onClosed: () => { heard.push('closed') }
  }, undefined, ticks.soon)
  const met = { link, heard, ticks }
  const sink: LinkSink = {
    onBytes: bytes => {
      heard.push(String(Buffer.from(bytes)))
      onBytes(met, String(Buffer.from(bytes)))
    },
    onEnd: () => { heard.push('end') },
    onDrained: () => {},
    onClosed: () => { heard.push('gone') },
    onFault: error => { throw error }
  }
  link.sink = sink
  return met
}

test('bytes and the end wait while the link is paused, and keep their order', () => {
  const { link, heard } = meet(({ link }, text) => { if (text === 'one') link.pause() })
  link.says(Buffer.from('one'))
  link.says(Buffer.from('two'))
  link.ends()
  expect(heard).toEqual(['one'])
  expect([link.bytesRead, link.readFor]).toEqual([3, 0])
  link.resume()
  expect(heard).toEqual(['one', 'two', 'end'])
  expect([link.bytesRead, link.readFor]).toEqual([6, Infinity])
})

test('a sink that resumes in the middle of a delivery gets no bytes inside of others', () => {
  let depth = 0
  const { link, heard } = meet(({ link }) => {
    expect(++depth).toBe(1)
    link.pause()
    link.resume()
    depth--
  })
  link.pause()
  link.says(Buffer.from('one'))
  link.says(Buffer.from('two'))
  link.resume()
  expect(heard).toEqual(['one', 'two'])
})

test('it is gone in the turn after both directions have ended, once', () => {
  const { link, heard, ticks } = meet()
  link.end()
  link.end()
  link.write(Buffer.from('too late'))
  link.ends()
  link.close()
  expect(heard).toEqual(['ended', 'end'])
  ticks.turn()
  link.says(Buffer.from('too late'))
  expect(ticks.isDue).toBe(false)
  expect(heard).toEqual(['ended', 'end', 'gone', 'closed'])
})
