import { closeSync } from 'node:fs'

/** Sockets that listen on an address already, as descriptors of this process. */
export interface InheritedSockets { readonly address: string, readonly port: number, readonly fds: readonly number[] }

type Address = Pick<InheritedSockets, 'address' | 'port'>
const isSame = (a: Address, b: Address): boolean => a.address === b.address && a.port === b.port

/** The listening sockets that this process was given by whoever started it, by address. */
export class Inheritance {
  #sockets: readonly InheritedSockets[]
  #used: readonly Address[] = []

  constructor (sockets: readonly InheritedSockets[] = []) {
    // Each worker of a predecessor had a socket of its own.
    const firsts = sockets.filter((each, i) => sockets.findIndex(other => isSame(each, other)) === i)
    this.#sockets = firsts.map(({ address, port }) => ({
      address,
      port,
      fds: sockets.filter(each => isSame(each, { address, port })).flatMap(({ fds }) => fds)
    }))
  }

  /** All of them, as they are now. */
  get all (): readonly InheritedSockets[] { return this.#sockets }

  /** True for an address whose sockets are here. */
  has (address: string, port: number): boolean {
    return this.#sockets.some(each => each.address === address && each.port === port)
  }

  /** Take the sockets of an address; undefined: there are none. Whoever listens on them closes them. */
  take (address: string, port: number): readonly number[] | undefined {
    const found = this.#sockets.find(each => each.address === address && each.port === port)
    if (found !== undefined) this.#sockets = this.#sockets.filter(each => each !== found)
    return found?.fds
  }

  /** These addresses are listened on now. Those that were before are closed: nobody accepts their clients any more. */
  use (addresses: readonly Address[]): void {
    const left = this.#used.filter(before => !addresses.some(now => isSame(now, before)))
    this.#used = addresses
    for (const { address, port } of left) for (const fd of this.take(address, port) ?? []) closeSync(fd)
  }
}
