import { expect, test } from 'vitest'
import { EventParser } from './event-parser.ts'

const text = ': connected\n\nid: r.1\n\nid: r.2\nevent: sample\ndata: {"a":"x: y"}\n\n: alive\n\nid: r.3\nevent: other\ndata: [1]\n\n'
const events = [{ type: 'sample', data: { a: 'x: y' } }, { type: 'other', data: [1] }]

test('events are read wherever their text is split', () => {
  for (let at = 0; at <= text.length; at++) {
    const parser = new EventParser()
    expect([...parser.push(text.slice(0, at)), ...parser.push(text.slice(at))]).toEqual(events)
    expect(parser.lastId).toBe('r.3')
  }
})

test('what a cut connection left is no part of the next one', () => {
  const parser = new EventParser()
  parser.push('id: r.1\n\nid: r.2\nevent: sam')
  parser.restart()
  expect(parser.push(': connected\n\nid: r.2\nevent: sample\ndata: 1\n\n')).toEqual([{ type: 'sample', data: 1 }])
})
