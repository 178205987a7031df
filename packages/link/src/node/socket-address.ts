import type { Socket } from 'node:net'
import type { Peer } from '../client-facts.ts'

/** An address as Node gives it, with IPv4 peers of an IPv6 socket in their own notation. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

/** Our own address at a socket; undefined when the socket is gone. */
export const localOf = ({ localAddress: address, localPort: port }: Socket): Peer | undefined =>
  address === undefined || port === undefined ? undefined : { address: plainAddress(address), port }
