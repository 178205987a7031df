// An engine with two user vservers, `a` with controls against floods for loopback too, and `b`. It says their ports,
// and answers each message with the CPU time of the process so far, in microseconds.
import { createEngine, LocalSessionDirectory } from '@weirlb/engine'
import { createNodeTransport } from '@weirlb/link'
import { config, modeOf } from '@weirlb/model'
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import { FakeServer } from '@weirlb/testing'

const source = `
import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({ name: 'lines', api: 1, balance: 'per-connection', client: { framing: frame.lines({ max: 1000 }), onMessage: () => forward({ then: 'tunnel' }) } })
`
const silent = { debug () {}, info () {}, warn () {}, error () {}, isLevelEnabled: () => false }
const server = await FakeServer.echo()
const parsed = config.parse({
  extensions: [{ name: 'lines', source, trusted: true }],
  userProtocols: [{ name: 'P', transport: 'tcp', extension: 'lines' }],
  services: [{ name: 's', address: '127.0.0.1', port: server.port }],
  lbVservers: [{ name: 'lb', services: [{ name: 's' }] }],
  userVservers: [
    {
      name: 'a',
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      floods: {
        exemptFrom: ['127.0.0.2'],
        mode: 'off',
        connectsPerAddress: 0.001,
        connectBurst: 1,
        loopDelayMs: 0,
        rampSeconds: 0,
        level: 'off'
      }
    },
    { name: 'b', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
  ]
})
const engine = createEngine({
  transport: createNodeTransport(),
  runtime: createRuntime(),
  sessions: new LocalSessionDirectory(),
  log: silent,
  worker: 0,
  reusePort: false,
  events: {
    onDecisions () {},
    onBan () {},
    onDefence () {},
    onFunctionFailed () {},
    onFunctionState () {},
    onTraced () {},
    onServiceFailed () {},
    onExtensionState () {}
  }
})
const [extension] = parsed.extensions
const prepared = await engine.prepare({
  ...parsed,
  certkeys: [],
  edgeFunctions: [],
  revision: 1,
  extensions: [{
    ...extension!,
    version: 1,
    bundle: await bundle(source, { name: 'lines' }),
    mode: modeOf(extension!),
    canary: undefined
  }]
}, {})
prepared.commit()
process.send!({ a: prepared.ports['a'], b: prepared.ports['b'] })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send!({ cpuUs: user + system, acted: engine.stats().userVservers['a']!.floods })
})
process.on('disconnect', () => { process.exit(0) })
