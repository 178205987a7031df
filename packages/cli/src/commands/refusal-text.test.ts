import { WeirError } from '@weirlb/model'
import { expect, test } from 'vitest'
import { refusalText } from './refusal-text.ts'

const commands = 'set service s -maxClient 5\nshow service t'
const issue = { path: 'commands', message: "show service: no service 't'", line: 2, column: 14 }

test('a refusal says that nothing was changed, or what was', () => {
  const shown = "ns.conf:2: show service: no service 't'\n  show service t\n               ^\n"
  expect(refusalText(new WeirError('not-found', 'x', { issues: [issue] }), commands, 'ns.conf')).toBe(`${shown}Nothing was changed [not-found]\n`)
  expect(refusalText(new WeirError('not-found', 'x', { issues: [issue, { path: 'applied', message: '1 command has changed the configuration' }] }), commands, 'ns.conf')).toBe(`${shown}1 command has changed the configuration [not-found]\n`)
})
