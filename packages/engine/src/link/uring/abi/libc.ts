import { createRequire } from 'node:module'

/** What we use of koffi: an optional dependency, so its types may be absent too. */
interface Koffi {
  load (path: null): { func (declaration: string): (...args: (number | bigint)[]) => number }
  address (bytes: ArrayBufferView): bigint
  view (address: bigint, length: number): ArrayBuffer
  errno (): number
}

/**
 * The C library of this process. Addresses are numbers: user space has 47 bits of them, or 56 where asked for, and mmap hands out the low ones.
 * Every call answers a negative errno when it fails.
 */
export interface Libc {
  syscall (number: number, a: number, b: number, c: number, d: number, e: number, f: number): number
  mmap (length: number, protection: number, flags: number, fd: number, offset: number): number
  munmap (address: number, length: number): number
  socket (family: number, type: number, protocol: number): number
  bind (fd: number, address: number, length: number): number
  listen (fd: number, backlog: number): number
  getsockname (fd: number, address: number, length: number): number
  setsockopt (fd: number, level: number, option: number, value: number, length: number): number
  shutdown (fd: number, how: number): number
  close (fd: number): number
  eventfd (initial: number, flags: number): number
  pipe2 (fds: number, flags: number): number
  dup3 (from: number, to: number, flags: number): number
  /** Where the memory of a view begins. It does not move, and lives as long as something refers to the view. */
  addressOf (bytes: ArrayBufferView): number
  /** Memory as JavaScript sees it. It must stay mapped as long as the view is used. */
  view (address: number, length: number): ArrayBuffer
}

let loaded: Libc | undefined

/** Load the C library; throws when koffi is not installed or has no binary for this machine. */
export const loadLibc = (): Libc => {
  if (loaded !== undefined) return loaded
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const library = koffi.load(null)
  const checked = (declaration: string): (...args: number[]) => number => {
    const call = library.func(declaration)
    return (...args) => {
      const result = call(...args)
      return result === -1 ? -koffi.errno() : result
    }
  }
  // The one call on the path of bytes: no rest arguments.
  const syscall = library.func('long syscall(long number, long a, long b, long c, long d, long e, long f)')
  const mmap = checked('long mmap(long address, long length, int protection, int flags, int fd, long offset)')
  loaded = {
    syscall (number, a, b, c, d, e, f) {
      const result = syscall(number, a, b, c, d, e, f)
      return result === -1 ? -koffi.errno() : result
    },
    mmap: (length, protection, flags, fd, offset) => mmap(0, length, protection, flags, fd, offset),
    munmap: checked('int munmap(long address, long length)'),
    socket: checked('int socket(int family, int type, int protocol)'),
    bind: checked('int bind(int fd, long address, int length)'),
    listen: checked('int listen(int fd, int backlog)'),
    getsockname: checked('int getsockname(int fd, long address, long length)'),
    setsockopt: checked('int setsockopt(int fd, int level, int option, long value, int length)'),
    shutdown: checked('int shutdown(int fd, int how)'),
    close: checked('int close(int fd)'),
    eventfd: checked('int eventfd(int initial, int flags)'),
    pipe2: checked('int pipe2(long fds, int flags)'),
    dup3: checked('int dup3(int from, int to, int flags)'),
    addressOf: bytes => Number(koffi.address(bytes)),
    view: (address, length) => koffi.view(BigInt(address), length)
  }
  return loaded
}
