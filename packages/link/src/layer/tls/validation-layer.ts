import type { ByteLink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import type { Challenges } from '../challenges.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { challengeServerFor } from './challenge-server.ts'
import type { ClientTrust } from './client-identity.ts'
import { alerts, Handshake, type Handshakes, type HelloRefusal } from './handshake.ts'
import type { Server as TlsServer } from 'node:tls'

const refusal: HelloRefusal = { message: 'it validates nothing', alert: alerts.accessDenied }

/** TLS for authorities alone: a client that validates nothing is refused, and there is nothing above. */
export class ValidationLayer implements ServerLayer, Handshakes {
  readonly name = 'tls'
  readonly trust: ClientTrust = {
    certificate: 'off',
    depth: undefined,
    authorities: [],
    listsEndAt: undefined,
    psk: false
  }
  readonly timeoutMs: number
  readonly byHello = true
  readonly #challenges: Challenges

  constructor (challenges: Challenges, timeoutMs: number) {
    this.#challenges = challenges
    this.timeoutMs = timeoutMs
  }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    const handshake = new Handshake(below, nodeSocketOf(below), this, client, events)
    handshake.begin()
    return handshake
  }

  serverFor (): HelloRefusal {
    return refusal
  }
  serverForUnread (): HelloRefusal {
    return refusal
  }
  challengeServerFor (serverName: string): TlsServer | HelloRefusal {
    return challengeServerFor(serverName, this.#challenges)
  }
  onOver (): void {}
}
