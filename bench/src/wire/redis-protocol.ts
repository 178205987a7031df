/** Redis commands, each to the server of its key: nothing is declared, so the first bytes of each enter the sandbox. */
export const redisByKey: string = `
  import { defineProtocol, forward, frame, KiB, MiB } from '@weirlb/sdk'
  export default defineProtocol({
    name: 'bench-redis', api: 1, balance: 'per-message', replies: 'in-order',
    client: {
      framing: frame.elements({ bodies: '$', groups: { '*': 1 }, within: 64 * KiB, max: MiB }),
      peek: 64,
      onMessage: message => forward({ token: message.text().split('\\r\\n')[4] ?? '' })
    },
    server: { framing: frame.elements({ lines: '+-:', bodies: '$', groups: { '*': 1 }, within: 64 * KiB, max: MiB }) }
  })`
