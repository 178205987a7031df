import { expect, test } from 'vitest'
import { declaredAt } from './declared-at.ts'

const text = `import { defineProtocol, frame } from '@weirlb/sdk'

const server = { framing: frame.lines({ max: 9 }) }
export default defineProtocol({
  name: 'l',
  fields: { who: 'strin', 'a.b': 'int' },
  client: {
    framing: frame.lines({ max: -1 }),
    only: { at: 0, in: [1, 2, 400] },
    onMessage (message: Message) { return { name: 1 } }
  },
  server,
  params: { x: { type: 'int', default: 'x' } as const },
  ...more
})
`

test.each([
  ['name', 5, 3],
  ['client.framing.max', 8, 28],
  ['client.framing', 8, 5],
  ['client.only.in[2]', 9, 31],
  ['client.onMessage', 10, 5],
  // A name with dots, a constant, and a value whose type is said.
  ['fields.who', 6, 13],
  ['fields.a.b', 6, 27],
  ['server.framing.max', 3, 41],
  ['params.x.default', 13, 31],
  // What is missing stands where it should be.
  ['client.peek', 7, 3],
  ['client.only.in[7]', 9, 20],
  ['api', 4, 16]
])('%s is declared at %i:%i', (path, line, column) => { expect(declaredAt(text, path)).toEqual({ line, column }) })

test.each([
  ['no call of defineProtocol', 'export default { name: 1 }'],
  ['no module', '}}} ((('],
  ['nothing', '']
])('%s has no place', (_, text) => { expect(declaredAt(text, 'name')).toBeUndefined() })

test('a text with a fault in it has the places before it', () => {
  expect(declaredAt("export default defineProtocol({ name: '1', api: ", 'name')).toEqual({ line: 1, column: 33 })
})
