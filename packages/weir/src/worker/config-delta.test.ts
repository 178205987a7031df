import { parseConfig, type Service } from '@weirlb/model'
import type { EngineConfig, EngineExtension } from '@weirlb/engine'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deltaOf, ReceivedConfig } from './config-delta.ts'

const services = (names: readonly (readonly [string, number])[]): readonly Service[] =>
  parseConfig({ services: names.map(([name, port]) => ({ name, address: '127.0.0.1', port })) }).services
const extension = (name: string, code: string, canary?: string): EngineExtension => ({
  name,
  version: 1,
  mode: 'loop',
  failOpen: false,
  strikes: {} as EngineExtension['strikes'],
  limits: {} as EngineExtension['limits'],
  bundle: { name, code, map: '' },
  canary: canary === undefined
    ? undefined
    : { version: 2, mode: 'loop', percent: 5, bundle: { name, code: canary, map: '' } }
})
let revision = 0
const config = (list: readonly Service[], extensions: readonly EngineExtension[] = []): EngineConfig => ({
  revision: ++revision,
  extensions,
  userProtocols: [],
  certkeys: [],
  monitors: [],
  services: list,
  lbVservers: [],
  glbs: [],
  userVservers: [],
  geoDatabases: [],
  lists: [],
  accessRules: [],
  lockdowns: [],
  userAgentRules: [],
  rules: [],
  rateLimits: [],
  edgeFunctions: [],
  triggers: [],
  managedChecks: []
})

/** As it arrives in another process. */
const sent = <T>(value: T): T => structuredClone(value)

test('any series of configurations arrives as it was sent', () => {
  const some = fc.uniqueArray(
    fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', '__proto__'), fc.integer({ min: 1, max: 3 })),
    { selector: ([name]) => name, maxLength: 5 }
  )
  const code = fc.uniqueArray(
    fc.tuple(
      fc.constantFrom('x', 'y'),
      fc.constantFrom('1', '2'),
      fc.option(fc.constantFrom('1', '3'), { nil: undefined })
    ),
    { selector: ([name]) => name }
  )
  fc.assert(
    fc.property(fc.array(fc.record({ some, code, commits: fc.boolean() }), { minLength: 1, maxLength: 8 }), steps => {
      const worker = new ReceivedConfig()
      let running: EngineConfig | undefined
      for (const step of steps) {
        const next = config(services(step.some), step.code.map(([name, text, canary]) => extension(name, text, canary)))
        expect(worker.receive(sent(deltaOf(running, next)))).toEqual(next)
        if (!step.commits) continue
        worker.commit()
        running = next
      }
    })
  )
})

test('only what changed is sent, and code once', () => {
  const long = 'x'.repeat(100_000)
  const before = config(services(Array.from({ length: 1000 }, (_, i) => [`s${i}`, 1])), [extension('e', long)])
  const changed = services([['s500', 2]])[0]!
  const delta = deltaOf(
    before,
    config(before.services.map(service => service.name === 's500' ? changed : service), [{
      ...before.extensions[0]!,
      failOpen: true
    }])
  )
  expect(delta.lists.services).toEqual({ put: [changed], order: undefined })
  expect([delta.lists.extensions.put.length, Object.keys(delta.code).length]).toEqual([1, 0])
  expect(JSON.stringify(delta).length).toBeLessThan(2000)
})

test('a change of a revision that the worker does not run is refused', () => {
  const [first, second] = [config([]), config([])]
  expect(() => new ReceivedConfig().receive(deltaOf(first, second))).toThrow(
    expect.objectContaining({ code: 'internal' }) as Error
  )
})
