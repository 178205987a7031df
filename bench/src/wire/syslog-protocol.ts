const source = (client: string): string => `
  import { defineProtocol, forward, frame, KiB } from '@weirlb/sdk'
  export default defineProtocol({
    name: 'bench-syslog', api: 1, balance: 'per-message', replies: 'none',
    client: { framing: frame.counted({ max: 64 * KiB })${client} }
  })`

/** Octet-counted syslog, each message to the next collector: nothing enters the sandbox. */
export const syslogInTurn: string = source('')

/** The same, and what is of one facility stays on one collector: the first bytes of every message enter the sandbox. */
export const syslogByFacility: string = source(`, peek: 16,
      onMessage: message => forward({ token: String(Number(/<(\\d+)>/.exec(message.text())?.[1] ?? 13) >> 3) })`)
