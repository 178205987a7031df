import type { Libc } from './abi/libc.ts'
import { MAP_PRIVATE_ANONYMOUS, PROT_READ_WRITE } from './abi/socket.ts'
import { describeError } from './abi/errno.ts'

/** Memory that the kernel and we both use. It is never unmapped while the ring lives. */
export interface Shared { readonly address: number, readonly memory: ArrayBuffer }

/** Anonymous memory, from the start of a page. Pages cost nothing before they are touched. */
export const mapAnonymous = (libc: Libc, length: number): Shared => {
  const address = libc.mmap(length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
  if (address < 0) throw new Error(`${describeError('mmap', address)} (${length} bytes)`)
  return { address, memory: libc.view(address, length) }
}
