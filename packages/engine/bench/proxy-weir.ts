// One Weir worker's data plane. usage: proxy-weir.ts SERVER_PORT tunnel|inspect thread|loop
import { config } from '@weir/model'
import { createEngine, createNodeTransport, LocalSessionDirectory } from '@weir/engine'
import { createRuntime } from '@weir/sandbox'
import { bundle } from '@weir/sandbox/bundle'
import { answerCpu } from './cpu.ts'

const [, , port, what, mode] = process.argv
const then = what === 'tunnel' ? ", then: 'tunnel'" : ''
const server = what === 'tunnel' ? '' : 'onMessage: () => forward()'
const source = `
  import { defineProtocol, forward, frame, KiB } from '@weir/sdk'
  export default defineProtocol({
    name: 'bench', api: 1, balance: 'per-connection',
    client: {
      framing: frame.varint({ at: 1, max: 256 * KiB }),
      onMessage (message) {
        const r = message.reader()
        if (r.u8() >> 4 !== 1) return forward()
        r.varint()
        r.skip(10)
        const id = r.bytes16()
        return forward({ token: id, session: id${then} })
      }
    },
    server: { framing: frame.varint({ at: 1, max: 256 * KiB }), ${server} },
    goodbye: () => undefined
  })`

const quiet = { debug () {}, info () {}, warn: console.error, error: console.error }
const engine = createEngine({
  transport: createNodeTransport(),
  runtime: createRuntime(),
  sessions: new LocalSessionDirectory(),
  log: quiet,
  events: { onDialFailed () {}, onExtensionState () {} },
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
  extensions: [{ name: extension.name, bundle: await bundle(source, { name: extension.name }), mode: mode as 'thread' | 'loop', limits: extension.limits }]
}, {})
prepared.commit()
process.send!({ port: prepared.ports['v'] })
answerCpu(() => engine.stats().extensions['bench']!.crossings)
