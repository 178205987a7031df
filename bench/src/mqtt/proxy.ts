// One worker's data plane with this extension. usage: proxy.ts SERVER_PORT thread|loop PARAMS_AS_JSON
import { fileURLToPath } from 'node:url'
import { config } from '@weirlb/model'
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import { createEngine, LocalSessionDirectory } from '@weirlb/engine'
import { createNodeTransport } from '@weirlb/link'
import { answerUsage } from '../processes/answer-usage.ts'

const [, , port, mode, params] = process.argv
const file = fileURLToPath(new URL('../../../extensions/mqtt/src/index.ts', import.meta.url))

const quiet = { debug () {}, info () {}, warn: console.error, error: console.error }
const engine = createEngine({
  transport: createNodeTransport(),
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
const parsed = config.parse({
  extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
  userProtocols: [{ name: 'P', transport: 'tcp', extension: 'mqtt' }],
  services: [{ name: 's', address: '127.0.0.1', port: Number(port) }],
  lbVservers: [{ name: 'lb', method: 'token', persistence: { type: 'user-session' }, services: [{ name: 's' }] }],
  userVservers: [{
    name: 'v',
    protocol: 'P',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'lb',
    params: JSON.parse(params!)
  }]
})
const extension = parsed.extensions[0]!
const prepared = await engine.prepare({
  ...parsed,
  revision: 1,
  edgeFunctions: [],
  // A stalled machine is no reason to lose a round.
  extensions: [{
    ...extension,
    limits: { ...extension.limits, batchTimeoutMs: 5000 },
    version: 1,
    bundle: await bundle('', { name: 'mqtt', file }),
    mode: mode as 'thread' | 'loop',
    canary: undefined
  }]
}, {})
prepared.commit()
process.send!({ port: prepared.ports['v'] })
answerUsage(() => engine.stats().extensions['mqtt']!.crossings)
