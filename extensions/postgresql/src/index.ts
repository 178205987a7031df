import {
  defineProtocol,
  drop,
  encodeUtf8,
  forward,
  frame,
  Malformed,
  type Bytes,
  type Context,
  type Key,
  type Message,
  MiB,
  param,
  reject,
  type Reject,
  type Verdict
} from '@weirlb/sdk'
import { fatal, fatalOfVersion2, goodbye } from './errors.ts'
import { refusalIn, SERVER_ERROR } from './server-error.ts'
import { CANCEL_REQUEST, GSSENC_REQUEST, MAX_STARTUP, readStartup, SSL_REQUEST, type Startup } from './startup.ts'

const names = ['none', 'user', 'database', 'user-and-database'] as const
const params = {
  token: param.oneOf(names, { default: 'user-and-database' }),
  session: param.oneOf(names, { default: 'none' }),
  tls: param.oneOf(['optional', 'required'], { default: 'optional' }),
  identity: param.oneOf(['none', 'common-name'], { default: 'none' })
}
const fields = {
  'postgresql.user': 'string',
  'postgresql.database': 'string',
  'postgresql.application': 'string'
} as const

interface State {
  /** It has asked for TLS, or for GSSAPI encryption. */
  ssl: boolean
  gss: boolean
  /** It cancels another connection's query, and nobody answers that. */
  cancels: boolean
}
type Ctx = Context<State, { readonly [P in keyof typeof params]: string }, typeof fields>

const YES = encodeUtf8('S')
const NO = encodeUtf8('N')

const SERVER_KEY = 0x4b
const SERVER_READY = 0x5a
/** Longest BackendKeyData: a secret has at most 256 bytes (protocol 3.2). */
const MAX_KEY_DATA = 1 + 4 + 4 + 256

/** A message after the start-up: a letter, and a length that includes itself. */
const MESSAGE = frame.length({ at: 1, size: 4, plus: -4, max: 1024 * MiB })

const KEY_NAME = encodeUtf8('cancel')
/** Longer keys are kept as their hash. */
const KEY_ROOM = 128

/**
 * The key by which a cancel request finds its server: process and secret, as the server sends them and the client
 * repeats them. It is so long that Weir keeps its hash only, and shows no secret.
 */
const cancelKey = (secret: Bytes): Bytes => {
  const key = new Uint8Array(KEY_ROOM + secret.length)
  key.set(KEY_NAME)
  key.set(secret, KEY_ROOM)
  return key
}

const keyOf = (by: string, { user, database }: Startup): Key | undefined => {
  switch (by) {
    case 'user': return user
    case 'database': return database
    case 'user-and-database': return `${user}\0${database}`
    default: return undefined
  }
}

/** TLS, or not, in the words of the protocol: one byte. */
const onSslRequest = (message: Message, ctx: Ctx): Verdict => {
  if (message.length !== 8 || ctx.state.ssl || ctx.client.tlsVersion !== undefined) return unsupported(1234, 5679)
  ctx.state.ssl = true
  ctx.count(ctx.mayStartTls ? 'tlsStarted' : 'tlsRefused')
  if (ctx.mayStartTls) ctx.startTls({ answer: YES })
  else ctx.reply(NO)
  return drop()
}

const onGssRequest = (message: Message, ctx: Ctx): Verdict => {
  if (message.length !== 8 || ctx.state.gss || ctx.client.tlsVersion !== undefined) return unsupported(1234, 5680)
  ctx.state.gss = true
  ctx.reply(NO)
  return drop()
}

const onCancel = (message: Message, ctx: Ctx): Verdict => {
  ctx.state.cancels = true
  ctx.count('cancels')
  return forward({ session: cancelKey(message.bytes.subarray(8)), known: true, then: 'tunnel' })
}

const onStartup = (message: Message, ctx: Ctx): Verdict => {
  const startup = readStartup(message)
  const { user, database, application } = startup
  const { client: { certificate, tlsVersion }, params } = ctx
  if (user === '') return refusal('28000', 'no PostgreSQL user name specified in startup packet')
  if (params.tls === 'required' && tlsVersion === undefined)
    return refusal('28000', `no encryption: connections of user "${user}" need TLS`)
  if (params.identity === 'common-name' && certificate?.commonNames.includes(user) !== true)
    return refusal('28000', `certificate authentication failed for user "${user}"`)
  ctx.set('postgresql.user', user)
  ctx.set('postgresql.database', database)
  if (application !== '') ctx.set('postgresql.application', application)
  return forward({ token: keyOf(params.token, startup), session: keyOf(params.session, startup), then: 'pipe' })
}

const refusal = (code: string, why: string): Reject => reject(why, fatal(code, why))

const unsupported = (major: number, minor: number): Reject => {
  const why = `unsupported frontend protocol ${major}.${minor}: server supports 3.0 to 3.2`
  return reject(why, major < 3 ? fatalOfVersion2(why) : fatal('0A000', why))
}

/**
 * PostgreSQL, protocol 3. The client's start-up chooses its server. The server is inspected up to the key of its
 * process, by which a cancel request on another connection finds it. All else passes.
 */
export default defineProtocol<State, typeof params, typeof fields>({
  name: 'postgresql',
  api: 1,
  balance: 'per-connection',
  startTls: true,
  serverTls: [{ send: Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47), accepts: 'S' }],
  // A login may be repeated: the server that closed has not answered it.
  resend: 'first-message',
  params,
  fields,
  state: () => ({ ssl: false, gss: false, cancels: false }),
  client: {
    // A length below 16 MiB, which includes itself. Later messages begin with a letter. They are not inspected, only
    // counted, so that the connection can end between two of them.
    begins: [{ from: 0, to: 0 }],
    framing: frame.byFirstByte(
      [{ from: 0, to: 0, use: frame.length({ at: 0, size: 4, plus: -4, max: MAX_STARTUP }) }],
      MESSAGE
    ),
    peek: { cases: [{ from: 0, to: 0, bytes: MAX_STARTUP }], otherwise: 1 },
    onMessage (message, ctx) {
      if (message.bytes[0] !== 0) throw new Malformed('a message comes before the start-up')
      const reader = message.reader()
      reader.skip(4)
      const code = reader.u32()
      switch (code) {
        case SSL_REQUEST: return onSslRequest(message, ctx)
        case GSSENC_REQUEST: return onGssRequest(message, ctx)
        case CANCEL_REQUEST: return onCancel(message, ctx)
        default: return code >>> 16 === 3 ? onStartup(message, ctx) : unsupported(code >>> 16, code & 0xffff)
      }
    }
  },
  server: {
    framing: MESSAGE,
    only: { at: 0, mask: 0xff, in: [SERVER_KEY, SERVER_READY, SERVER_ERROR] },
    peek: MAX_KEY_DATA,
    onMessage (message, ctx) {
      // An error before the first of the others refuses the login. The server closes after it.
      if (message.bytes[0] === SERVER_ERROR) {
        const refusal = refusalIn(message.bytes)
        if (refusal !== undefined) ctx.serverRefused(`error ${refusal}`)
        return forward()
      }
      // Servers that give no key, such as some poolers, are ready without it.
      if (message.bytes[0] === SERVER_KEY) ctx.pin(cancelKey(message.bytes.subarray(5)), { beside: true })
      return forward({ then: 'pipe' })
    }
  },
  goodbye: (reason, ctx) => ctx.state.cancels ? undefined : goodbye(reason),
  probe: {
    send: () => encodeUtf8('\0\0\0\x19\0\x03\0\0user\0weir-probe\0\0'),
    judge (answer) {
      const refusal = answer.bytes[0] === SERVER_ERROR ? refusalIn(answer.bytes) : undefined
      return refusal === undefined ? 'up' : { down: `the server answered with ${refusal}` }
    }
  }
})
