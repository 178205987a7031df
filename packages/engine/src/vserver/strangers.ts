import type { LayerName } from '@weirlb/model'
import {
  type ByteLink,
  type Challenges,
  type ClientFacts,
  type LinkError,
  type ServerLayer,
  validationLayers
} from '@weirlb/link'
import type { Entrance } from './listener-slot.ts'

/** The vserver of strangers. */
export interface StrangersVserver {
  /** It has got what it came for. */
  onValidated (client: ClientFacts, bytesRead: number, bytesWritten: number): void
  /** It was no authority. */
  onStranger (client: ClientFacts): void
}

/**
 * The entrance for clients that the gate refuses by their address, while an authority may come: it does not say where
 * from, and comes from several places. They can validate a host name and nothing else.
 */
export class Strangers implements Entrance {
  readonly layers: readonly ServerLayer[]
  readonly #vserver: StrangersVserver

  constructor (vserver: StrangersVserver, challenges: Challenges) {
    this.#vserver = vserver
    this.layers = validationLayers(challenges)
  }

  served (client: ClientFacts, bytesRead: number, bytesWritten: number): void {
    this.#vserver.onValidated(client, bytesRead, bytesWritten)
  }
  layerFailed (_layer: LayerName, client: ClientFacts, _error: LinkError, _silent: boolean): void {
    this.#vserver.onStranger(client)
  }

  // Their layers neither open nor forward.
  accept (link: ByteLink): void { link.abort() }
  identified (): boolean { return true }
  request (): void {}
  upgradeRefusal (): undefined {}
}

const validating: ReadonlySet<string> = new Set(['tls', 'http', 'choose'])

/** True for layers that authorities validate host names on. A listener with one of them is on Node's sockets. */
export const isValidated = (layers: readonly { readonly name: string }[]): boolean =>
  layers.some(({ name }) => validating.has(name))
