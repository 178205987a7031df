// One Weir worker's data plane. usage: proxy-weir.ts SERVER_PORT tunnel|inspect|per-message thread|loop [node|uring]
import { config } from '@weirlb/model'
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import { createEngine, LocalSessionDirectory } from '@weirlb/engine'
import { chooseTransport } from '@weirlb/link'
import { answerUsage } from '../processes/answer-usage.ts'
import { inspectingProtocol, perMessageProtocol, tunnellingProtocol } from '../wire/protocol.ts'

const [, , port, what, mode, transport] = process.argv
const source =
  { tunnel: tunnellingProtocol, inspect: inspectingProtocol, 'per-message': perMessageProtocol }[what as 'tunnel']

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
const parsed = config.parse({
  extensions: [{ name: 'bench', source, trusted: mode === 'loop' }],
  userProtocols: [{ name: 'P', transport: 'tcp', extension: 'bench' }],
  services: [{ name: 's', address: '127.0.0.1', port: Number(port) }],
  lbVservers: [{ name: 'lb', method: 'token', persistence: { type: 'user-session' }, services: [{ name: 's' }] }],
  userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
})
const extension = parsed.extensions[0]!
const prepared = await engine.prepare({
  ...parsed,
  revision: 1,
  edgeFunctions: [],
  extensions: [{
    ...extension,
    version: 1,
    bundle: await bundle(source, { name: extension.name }),
    mode: mode as 'thread' | 'loop',
    canary: undefined
  }]
}, {})
prepared.commit()
process.send!({ port: prepared.ports['v'] })
answerUsage(() => engine.stats().extensions['bench']!.crossings)
