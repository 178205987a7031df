import { expect, test } from 'vitest'
import { makeLog } from './log.ts'

test('secrets never reach the log', () => {
  const lines: string[] = []
  const log = makeLog('debug', {}, { write: line => { lines.push(line) } })
  log.info({ token: 'SECRET0', key: 'SECRET1', certkey: { key: 'SECRET2' }, headers: { authorization: 'SECRET3' }, req: { headers: { authorization: 'SECRET4' } }, config: { certkeys: [{ key: 'SECRET5' }] }, certkeys: [{ key: 'SECRET6' }] }, 'm')
  expect(lines.join()).not.toMatch(/SECRET/)
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 30,
    msg: 'm',
    token: '[hidden]',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string
  })
})
