import { defaultExtension } from '@weirlb/model'
import type { Declaration, Runtime } from '@weirlb/sdk/abi'
import type { EngineExtension } from '../engine-config.ts'
import type { Log } from '../log.ts'
import { absentGuest } from './absent-guest.ts'
import { ExtensionHost } from './extension-host.ts'

const NAME = 'pass'

const declaration: Declaration = {
  name: NAME,
  api: 1,
  balance: 'per-connection',
  replies: 'none',
  resend: undefined,
  startTls: false, serverTls: undefined,
  params: {},
  fields: [],
  client: { kind: 'stream', begins: undefined },
  server: undefined,
  hooks: { state: false, connect: false, goodbye: false, close: false, params: false, unanswered: false },
  websocket: { subprotocols: [], messages: 'binary' },
  probe: undefined
}

const { limits, strikes } = defaultExtension
const passing: EngineExtension = {
  name: NAME,
  version: 0,
  bundle: { name: NAME, code: '', map: '' },
  mode: 'loop',
  limits,
  strikes,
  failOpen: true
}

/** Returns the host of connections that no extension inspects: nothing of them is asked, and there is no guest. */
export const passingHost = (runtime: Runtime, log: Log): ExtensionHost =>
  new ExtensionHost(passing, passing, absentGuest(declaration), runtime, log, () => {})
