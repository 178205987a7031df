import { Server as TlsServer } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { defaultVserverTls } from '@weirlb/model'
import type { ByteLink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { calm, type Pressure } from '../pressure.ts'
import { Challenges } from '../challenges.ts'
import { Certificates, type Choice } from './certificates.ts'
import { challengeServerFor } from './challenge-server.ts'
import type { ClientTrust } from './client-identity.ts'
import { alerts, Handshake, handshakeOf, type Handshakes, type HelloRefusal, shownName } from './handshake.ts'
import { HandshakeGate } from './handshake-limits.ts'
import { logKey } from './key-log.ts'
import { ocspEndsAt } from './ocsp.ts'
import { serverSettings, type ServerSettings } from './server-settings.ts'
import type { HandshakeNumbers, TlsServerOptions } from './tls-options.ts'

/** Node's own time-out, which ours comes before. */
const NEVER_MS = 2 ** 31 - 1

/** There is nothing to do for a client that is closed before its handshake began. */
const nothing: Opening = { cancel () {} }

/**
 * TLS for the clients of a listener, by one of Node's TLS servers for each choice of certificates. None of them
 * listens: a client is handed to the one for its name. Node's own `SNICallback` cannot do that: of a context with
 * several certificates it takes the last one added, whatever the client can verify.
 */
export class TlsServerLayer implements ServerLayer, Handshakes {
  readonly name = 'tls'
  /** Its own options. */
  readonly options: TlsServerOptions
  readonly trust: ClientTrust
  readonly #certificates: Certificates
  readonly #byChoice: readonly TlsServer[]
  /** Counts the handshakes of the vserver; the layer of a later revision takes it over. */
  readonly gate: HandshakeGate
  readonly #limits: HandshakeNumbers
  readonly #tight: HandshakeNumbers
  readonly #pressure: Pressure
  readonly #strict: boolean
  /** All its certificates are yet to be issued. */
  readonly #empty: boolean
  readonly #challenges: Challenges

  /**
   * `gate`: of the layer before. Throws WeirError certificate-invalid or config-invalid when a client could not be
   * served with these.
   */
  constructor (options: TlsServerOptions, gate = new HandshakeGate(), challenges = new Challenges(), pressure = calm) {
    const settings = serverSettings(options)
    const { strictSni, keyLogFile } = options.settings ?? defaultVserverTls
    this.options = options
    this.trust = settings.trust
    this.#strict = strictSni
    this.#certificates = new Certificates(options)
    this.#byChoice = this.#certificates.choices.map(choice => serverOf(choice, settings, keyLogFile))
    this.#empty = options.certificates.length === 0 && settings.psk.size === 0
    this.#challenges = challenges
    this.gate = gate
    this.#limits = options.settings ?? defaultVserverTls
    this.#tight = options.tight ?? this.#limits
    this.#pressure = pressure
  }

  get #numbers (): HandshakeNumbers { return this.#pressure.high ? this.#tight : this.#limits }
  get timeoutMs (): number { return this.#numbers.handshakeTimeoutSeconds * 1000 }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    const raw = nodeSocketOf(below)
    const { maxHandshakes, handshakesPerSecond } = this.#numbers
    const full = this.gate.enter({
      maxHandshakes,
      handshakesPerSecond: this.#pressure.exempts(client.address) ? 0 : handshakesPerSecond
    })
    if (full !== undefined) {
      raw.destroy()
      events.onFailed({ kind: 'limit', message: full }, true)
      return nothing
    }
    const handshake = new Handshake(below, raw, this, client, events)
    handshake.begin()
    return handshake
  }

  get byHello (): boolean {
    return this.#strict || this.#empty || this.#byChoice.length > 1 || this.#challenges.overTls
  }

  serverForUnread (): TlsServer | HelloRefusal { return this.#empty ? unissued : this.#byChoice[0]! }

  serverFor (serverName: string): TlsServer | HelloRefusal {
    if (this.#empty) return unissued
    const found = this.#certificates.find(serverName)
    if (found !== undefined || !this.#strict) return this.#byChoice[found ?? 0]!
    const message = serverName === ''
      ? 'it asks for no server name, and strictSni is set'
      : `no certificate has the server name ${shownName(serverName)}, and strictSni is set`
    return { message, alert: alerts.unrecognizedName }
  }

  challengeServerFor (serverName: string): TlsServer | HelloRefusal {
    return challengeServerFor(serverName, this.#challenges)
  }

  onOver (): void { this.gate.leave() }
}

const unissued: HelloRefusal = { message: 'no certificate was issued yet', alert: alerts.handshakeFailure }

const serverOf = (choice: Choice, { optionsFor, psk }: ServerSettings, keyLogFile: string | undefined): TlsServer => {
  const server = new TlsServer({
    ...choice.context,
    ...optionsFor(choice.id),
    handshakeTimeout: NEVER_MS,
    ...(psk.size === 0 ? {} : { pskCallback: keyOf(psk) })
  })
  server.on('secureConnection', socket => { handshakeOf(socket)?.secured(socket) })
  server.on('tlsClientError', (error, socket) => {
    const handshake = handshakeOf(socket)
    socket.destroy()
    handshake?.failed(error, socket)
  })
  const { ocsp } = choice
  if (ocsp !== undefined) {
    const end = ocspEndsAt(ocsp) ?? Infinity
    // A client that requires a staple refuses one that is out of date, and others may too.
    server.on('OCSPRequest', (_certificate, _issuer, answer) => { answer(null, Date.now() < end ? ocsp : null) })
  }
  if (keyLogFile !== undefined) server.on('keylog', line => { logKey(keyLogFile, line) })
  return server
}

/**
 * OpenSSL's query for the key of an identity. Without a key it refuses the client, or over TLS 1.3 continues with
 * certificates.
 */
const keyOf = (keys: ReadonlyMap<string, Uint8Array>) => (socket: TLSSocket, identity: string): Uint8Array | null => {
  const handshake = handshakeOf(socket)
  const key = keys.get(identity)
  if (handshake !== undefined && key !== undefined) handshake.pskIdentity = identity
  return key ?? null
}
