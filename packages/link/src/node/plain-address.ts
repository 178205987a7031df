/** An address as Node gives it, with IPv4 peers of an IPv6 socket in their own notation. */
export const plainAddress = (address: string): string => address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
