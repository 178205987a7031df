import { methodNames } from '@weirlb/model'
import { expect, test } from 'vitest'
import { createWeir } from '../create-weir.ts'
import { AddedMethods } from './added-methods.ts'

const make = (): never => { throw new Error('not called') }
const module = (text: string): URL => new URL(`data:text/javascript,${encodeURIComponent(text)}`)

test.each<[string, () => unknown, string]>([
  ['functions for workers', () => createWeir({ workers: 2, methods: { mine: make } }), 'methods: functions cannot be sent to worker processes, and workers is 2; give the URL of a module'],
  ['the name of a shipped one', () => createWeir({ workers: 0, methods: { token: make } }), "methods: 'token' ships with Weir; choose another name than round-robin, least-connection, least-response-time, least-bandwidth, least-outstanding, token, source-ip-hash, random-two-choices"],
  ['a name that is none', () => createWeir({ workers: 0, methods: { 'my method': make } }), "methods: 'my method' is no name"],
  ['a method that was made already', () => createWeir({ workers: 0, methods: { mine: {} as never } }), 'methods.mine: expected a function that makes a method, got object']
])('refused: %s', (_, create, message) => { expect(create).toThrow(message) })

test('a module is imported', async () => {
  const methods = new AddedMethods(module('export default { mine: () => ({}) }'), 2)
  expect(methods.names).not.toContain('mine')
  await methods.load()
  expect(methods.names).toEqual([...methodNames, 'mine'])
})

test.each([['throw new Error("no")', 'cannot import'], ['export const mine = 1', 'to have a table as its default export'], ['export default { token: () => 1 }', "'token' ships with Weir"]])('refused at the start: %s', async (text, message) => {
  await expect(createWeir({ workers: 1, methods: module(text), log: { level: 'silent' } }).start()).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringContaining(message) as string })
})
