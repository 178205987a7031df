// The page on the engine names every room and every close reason, so that neither can be added without a place on it.
import { readFileSync } from 'node:fs'
import { closeReasons } from '@weirlb/model'
import { expect, test } from 'vitest'
import { rooms } from '../rooms.ts'

const page = readFileSync(new URL('../../docs/internals/engine.md', import.meta.url), 'utf8')

test('every room of the engine is on the page', () => {
  const folders = Object.keys(rooms['packages/engine']!).filter(room => !room.endsWith('.ts'))
  expect(folders.filter(room => !page.includes(`\`${room}\``))).toEqual([])
})

test('every close reason is on the branch of a phase', () => {
  const life = page.slice(page.indexOf('## Life of a connection'))
  const branches = [...life.matchAll(/─► (.*(?:\n {40,}.*)*)/g)].flatMap(([, reasons]) => reasons!.split(/[\s,()]+/))
  expect(Object.keys(closeReasons).filter(reason => !branches.includes(reason))).toEqual([])
})
