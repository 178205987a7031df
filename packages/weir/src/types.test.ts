// What must compile and what must not: checked by tsc, run only to see that the values are what the types say.
import { expect, test } from 'vitest'
import { createWeir, type BalancingMethod, type Claimed, type Methods, type SessionStore, type Weir } from './index.ts'

const method: BalancingMethod = {
  order: (candidates, _token, order) => {
    for (let i = 0; i < candidates.length; i++) order.push(i)
  },
  took () {},
  gaveBack () {}
}

test('methods are a table of factories, or a module', () => {
  const table = { mine: () => method } satisfies Methods
  expect(createWeir({ workers: 0, methods: table })).toBeTypeOf('object')
  createWeir({ workers: 1, methods: new URL('file:///methods.js') })
  // @ts-expect-error a URL, not its text
  expect(() => createWeir({ methods: 'file:///methods.js' })).toThrow()
  // @ts-expect-error how to make one, not one that was made
  expect(() => createWeir({ workers: 0, methods: { mine: method } })).toThrow('methods.mine')
  // @ts-expect-error a method also hears what was taken
  const half: BalancingMethod = { order () {} }
  const changing: BalancingMethod = {
    ...method,
    // @ts-expect-error candidates are looked at, not changed
    order (candidates) { candidates[0]!.weight = 2 }
  }
  expect([half, changing]).toHaveLength(2)
})

test('a session store answers at once or later', () => {
  const at: SessionStore['claim'] = ({ proposal }): Claimed => ({ service: proposal, hit: false })
  const later: SessionStore['claim'] = async claim => at(claim, 0)
  // @ts-expect-error whether an entry stood is part of the answer
  const half: SessionStore['claim'] = ({ proposal }) => ({ service: proposal })
  // @ts-expect-error all of the contract
  const store: SessionStore = { claim: at, find: () => undefined }
  expect([later, half, store]).toHaveLength(3)
})

test('events are typed by their name', () => {
  const weir: Weir = createWeir()
  const stop: () => void = weir.on('service-down', event => {
    const service: string = event.service
    // @ts-expect-error a service has no revision
    return [service, event.revision]
  })
  // @ts-expect-error no such event
  expect(() => weir.on('service-gone', () => {})).toThrow('service-gone')
  stop()
  expect(weir.on('config-applied', ({ revision }) => revision.toFixed())).toBeTypeOf('function')
})

test('what is sent is typed by its collection', () => {
  const weir: Weir = createWeir()
  const calls = [
    () => weir.services.create({ name: 's', address: '127.0.0.1', port: 1 }),
    () => weir.services.create({ name: 's', address: '127.0.0.1', port: 1, monitors: [{ type: 'tcp' }] as const }),
    () => weir.services.replace('s', { address: '127.0.0.1', port: 1 }),
    () => weir.services.patch('s', { maxClients: null, monitors: [] }),
    () => weir.lbVservers.patch('lb', { persistence: { timeoutSeconds: 5, type: null } }),
    () => weir.extensions.patch('e', { source: '…', canary: { percent: 5 } }),
    () => weir.config.replace(weir.config.get().value),
    () => weir.services.replace('s', weir.services.require('s').value),
    () => weir.collection('services').patch('s', { port: 2 }),
    () => weir.sessions.delete({ all: true, limit: 5 }),
    // @ts-expect-error it has no port
    () => weir.services.create({ name: 's', address: '127.0.0.1' }),
    // @ts-expect-error no such field
    () => weir.services.create({ name: 's', address: '127.0.0.1', port: 1, prot: 2 }),
    // @ts-expect-error no such state
    () => weir.services.patch('s', { state: 'off' }),
    // @ts-expect-error a field of another collection
    () => weir.services.patch('s', { method: 'token' }),
    // @ts-expect-error a binding has a name
    () => weir.lbVservers.patch('lb', { services: [{ weight: 2 }] }),
    // @ts-expect-error an LB vserver is not drained
    () => weir.lbVservers.drain('lb'),
    // @ts-expect-error certkeys have no state
    () => weir.certkeys.disable('c'),
    // @ts-expect-error neither a filter nor all
    () => weir.sessions.delete({}),
    // @ts-expect-error a filter that may be missing
    (key: string | undefined) => weir.sessions.delete({ key }),
    // @ts-expect-error a filter beside all
    () => weir.sessions.delete({ all: true, key: 'k' }),
    // @ts-expect-error it is set by a method
    () => { weir.log.level = 'debug' }
  ]
  expect(calls).toHaveLength(21)
  const state: 'enabled' | 'sessions-only' | 'draining' | 'disabled' | undefined = weir.services.get('s')?.value.state
  expect(state).toBeUndefined()
})

test('options are checked', () => {
  // @ts-expect-error an archive for the sessions
  expect(() => createWeir({ storage: { open () {}, loadSessions () {} } })).toThrow('storage: it has no `sessions`')
  // @ts-expect-error a number
  expect(() => createWeir({ workers: '2' })).toThrow('workers: expected an integer from 0 to 1024, got 2')
  // @ts-expect-error no such collection
  createWeir({ config: { vservers: [] } })
  // @ts-expect-error no such state
  createWeir({ config: { lbVservers: [{ name: 'lb', state: 'off' }] } })
})
