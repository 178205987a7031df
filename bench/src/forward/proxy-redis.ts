// One Weir worker's data plane of a checkout in front of Redis servers. usage: proxy-redis.ts CHECKOUT node|uring PORT…
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Engine from '@weirlb/engine'
import type * as Link from '@weirlb/link'
import type * as Model from '@weirlb/model'
import type * as Sandbox from '@weirlb/sandbox'
import type * as Bundler from '@weirlb/sandbox/bundle'
import { answerUsage } from '../processes/answer-usage.ts'

const [, , checkout, transport, ...ports] = process.argv
const file = (...names: string[]): string => names.map(name => resolve(checkout!, name)).find(name => existsSync(name))!
const load = async <T>(...names: string[]): Promise<T> => await import(pathToFileURL(file(...names)).href) as T
const { createEngine, LocalSessionDirectory } = await load<typeof Engine>('packages/engine/src/index.ts')
// Transports were a part of the engine once.
const { chooseTransport } = await load<typeof Link>('packages/link/src/index.ts', 'packages/engine/src/index.ts')
const { config } = await load<typeof Model>('packages/model/src/index.ts')
const { createRuntime } = await load<typeof Sandbox>('packages/sandbox/src/index.ts')
const { bundle } = await load<typeof Bundler>('packages/sandbox/src/bundle/index.ts')

const quiet = { debug () {}, info () {}, warn: console.error, error: console.error }
const engine = createEngine({
  transport: chooseTransport(transport === 'uring' ? 'uring' : 'node').transport,
  runtime: createRuntime(),
  sessions: new LocalSessionDirectory(),
  log: quiet,
  events: {
    onDecisions () {},
    onBan () {},
    onDefence () {},
    onFunctionFailed () {},
    onFunctionState () {},
    onServiceFailed () {},
    onExtensionState () {},
    onTraced () {}
  },
  worker: 0,
  reusePort: false
})
const extensionFile = file('extensions/redis/src/index.ts')
const splits = existsSync(resolve(checkout!, 'extensions/redis/src/split.ts'))
const parsed = config.parse({
  extensions: [{ name: 'redis', source: extensionFile, trusted: true }],
  userProtocols: [{ name: 'P', transport: 'tcp', extension: 'redis' }],
  services: ports.map((port, i) => ({ name: `s${i}`, address: '127.0.0.1', port: Number(port) })),
  lbVservers: [{ name: 'lb', method: 'token', services: ports.map((_, i) => ({ name: `s${i}` })) }],
  userVservers: [{
    name: 'v',
    protocol: 'P',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'lb',
    params: splits ? { severalServers: 'split' } : {}
  }]
})
const extension = parsed.extensions[0]!
const prepared = await engine.prepare({
  ...parsed,
  revision: 1,
  edgeFunctions: [],
  extensions: [{
    ...extension,
    version: 1,
    bundle: await bundle('', { name: 'redis', file: extensionFile }),
    mode: 'loop',
    canary: undefined
  }]
}, {})
prepared.commit()
process.send!({ port: prepared.ports['v'], splits })
answerUsage(() => engine.stats().extensions['redis']!.crossings)
