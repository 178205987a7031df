/** Names that authors know from elsewhere and that no isolate has, with what to use instead. */
const instead: Readonly<Record<string, string>> = {
  Buffer: "bytes are Uint8Array, text is encodeUtf8 and decodeUtf8 of @weirlb/sdk; or import { Buffer } from 'buffer'",
  TextEncoder: 'use encodeUtf8 of @weirlb/sdk',
  TextDecoder: 'use decodeUtf8 of @weirlb/sdk',
  console: "use ctx.log('info', text), which writes to Weir's log",
  process: 'values that an operator sets are `params` of the protocol',
  require: "use import, of '@weirlb/sdk' and of what is bundled",
  setTimeout: 'there are no timers: a handler runs once for each message; ctx.idleTimeout closes a silent client',
  setInterval: 'there are no timers: a handler runs once for each message',
  setImmediate: 'there are no timers: a handler runs once for each message',
  fetch: 'there is no network: a handler decides by the bytes at hand',
  XMLHttpRequest: 'there is no network',
  WebSocket: 'there is no network',
  caches: 'nothing outlives a decision',
  crypto: 'there is no randomness and no cryptography but what is bundled',
  performance: 'use Date.now()'
}

/** Returns why a name is not there, and what to use. */
export const absentGlobal = (name: string): string => {
  const use = Object.hasOwn(instead, name) ? instead[name]! : "there are ECMAScript's built-ins, and what the module imports"
  return `there is no ${name} in the sandbox: ${use}`
}
