import type { CloseReason } from '@weirlb/model'
import {
  Ascent,
  type AscentEvents,
  type ByteLink,
  type HelloAnswer,
  LayeredClient,
  type LinkError,
  type ServerLayer
} from '@weirlb/link'
import { Op } from '@weirlb/sdk/abi'
import type { Inlet } from '../direction/inlet.ts'
import type { Direction, Judged } from '../direction/owner.ts'
import type { AnswerReader } from '../extension/answer.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import { failureReason } from '../layer-failure.ts'
import type { Deadline } from './deadline.ts'
import type { Phase } from '../servers/phase.ts'
import type { Front } from './front.ts'

/** The connection on which TLS is started. */
export interface TlsStarter {
  readonly client: ByteLink
  readonly clientInlet: Inlet
  readonly host: ExtensionHost
  readonly phase: Phase
  /** Set while TLS is being started. */
  tlsStart: TlsStart | undefined
  readonly vserver: Pick<Front, 'tlsLayers' | 'config' | 'wantsHellos' | 'helloRefusal'>
  readonly deadline: Deadline
  hasNewFacts: boolean
  /** The client's bytes come by this link from now on, and are framed afresh. */
  take (link: ByteLink): void
  finish (reason: CloseReason, detail: string): void
  extensionFailed (why: string): void
  onFault (error: unknown): void
}

/**
 * TLS that a client has asked for in its protocol:
 *
 *   decided ──(end of the batch)──► the answer is sent in the clear ──► handshake ──► framed afresh
 *                                                                          └────────► tls-failed, limit,
 * client-unverified
 *
 * During the handshake the connection has no link: the layer has taken the socket from the one that there was.
 */
export class TlsStart implements AscentEvents<ServerLayer, LayeredClient> {
  readonly #connection: TlsStarter
  readonly #answer: Uint8Array
  #ascent: Ascent<ServerLayer, LayeredClient> | undefined

  /** `answer`: the last bytes in the clear. */
  constructor (connection: TlsStarter, answer: Uint8Array) {
    this.#connection = connection
    this.#answer = answer
  }

  /** The request for TLS is dropped, and nothing is behind it. */
  begin (): void {
    const { client, vserver, deadline } = this.#connection
    if (this.#ascent !== undefined) return
    if (vserver.tlsLayers.length === 0) {
      this.#connection.finish('tls-failed', 'the user vserver has no certificate any more')
      return
    }
    // The layer has its own time-out, and the first message gets its whole time behind it.
    deadline.cancel()
    client.writeOwned(this.#answer)
    this.#ascent = new Ascent(vserver.tlsLayers, Object.assign(new LayeredClient(client.peer), client.peer), this)
    this.#ascent.begin(client)
  }

  wantsHellos (): boolean {
    return this.#connection.vserver.wantsHellos === true
  }
  onHello ({ about }: Ascent<ServerLayer, LayeredClient>): HelloAnswer | undefined {
    return this.#connection.vserver.helloRefusal?.(about)
  }

  onTop (_ascent: Ascent<ServerLayer, LayeredClient>, link: ByteLink): void {
    const connection = this.#connection
    const { clientInlet, deadline, vserver } = connection
    connection.tlsStart = undefined
    try {
      connection.take(link)
      connection.hasNewFacts = true
      clientInlet.dispose()
      deadline.firstMessage(vserver.config.limits.firstMessageTimeoutSeconds * 1000)
    } catch (error) {
      connection.onFault(error)
    }
  }

  onLayerFailed (ascent: Ascent<ServerLayer, LayeredClient>, { kind, message }: LinkError): void {
    try {
      this.#connection.finish(failureReason(ascent.layer.name, kind, false), message)
    } catch (error) {
      this.#connection.onFault(error)
    }
  }

  /**
   * An authority validates where TLS begins at once (RFC 8737 §3). Whoever does it here has had an answer, and gets no
   * extension.
   */
  onServed (): void {
    try {
      this.#connection.finish('tls-failed', 'it validated a host name, where TLS is started inside the protocol')
    } catch (error) {
      this.#connection.onFault(error)
    }
  }

  /** The connection ends: the client's socket is closed. False: its link is still its own. */
  cancel (): boolean {
    this.#ascent?.cancel()
    return this.#ascent !== undefined
  }
}

/** Start TLS behind the message that is judged. False: the guest loop would not ask for it here. */
export const startTls = (connection: TlsStarter, answer: AnswerReader, judged: Judged | undefined): boolean => {
  const { client, clientInlet, host, phase, tlsStart } = connection
  if (
    !host.declaration.startTls || judged === undefined || judged as Direction !== clientInlet || answer.op !== Op.drop
  ) return false
  if (tlsStart !== undefined || client.peer.tlsVersion !== undefined) return false
  const { behind } = judged
  if (phase !== 'first-message')
    connection.extensionFailed('startTls(): a message of this client has been forwarded already')
  else if (behind < 0)
    connection.extensionFailed(
      `startTls(): the last ${-behind} bytes of the request for TLS have not arrived; peek at all of it`
    )
  else if (behind > 0) connection.finish('clear-after-start-tls', `${behind} bytes behind the request for TLS`)
  else connection.tlsStart = new TlsStart(connection, answer.effectBytes())
  return true
}
