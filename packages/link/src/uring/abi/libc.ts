import { createRequire } from 'node:module'
import { SYS_ENTER, SYS_REGISTER, SYS_SETUP } from './io-uring.ts'

/** The part of koffi that we use: an optional dependency, so its types may be absent too. */
export interface Koffi {
  load (path: null): { func (declaration: string): (...args: (number | ArrayBufferView)[]) => number }
  address (bytes: ArrayBufferView): bigint
  view (address: bigint, length: number): ArrayBuffer
  errno (): number
}

/**
 * The C library of this process. Addresses are numbers: user space has 47 bits of them, or 56 on request, and mmap
 * returns low ones. Every call returns a negative errno if it fails. Memory that a call reads or writes is a view,
 * which lives as long as the call.
 */
export interface Libc {
  io_uring_setup (entries: number, params: Uint8Array): number
  io_uring_enter (fd: number, submissions: number, completions: number, flags: number): number
  io_uring_register (fd: number, operation: number, argument: ArrayBufferView, count: number): number
  mmap (length: number, protection: number, flags: number, fd: number, offset: number): number
  socket (family: number, type: number, protocol: number): number
  bind (fd: number, address: Uint8Array, length: number): number
  listen (fd: number, backlog: number): number
  getsockname (fd: number, address: Uint8Array, length: Int32Array): number
  getsockopt (fd: number, level: number, option: number, value: ArrayBufferView, length: Int32Array): number
  /** `value` is an address. */
  setsockopt(fd: number, level: number, option: number, value: number, length: number): number
  shutdown(fd: number, how: number): number
  close(fd: number): number
  sendto(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number
  ): number
  ioctl(fd: number, request: number, argument: Int32Array): number
  eventfd(initial: number, flags: number): number
  pipe2(fds: Int32Array, flags: number): number
  dup3(from: number, to: number, flags: number): number
  /** Returns another descriptor of the same, which children do not inherit. */
  duplicate (fd: number): number
  /** Number of a network interface, 0 when there is none; the name ends with a zero byte. */
  if_nametoindex (name: Uint8Array): number
  /** Where the memory of a view begins. It does not move, and lives as long as something refers to the view. */
  addressOf (bytes: ArrayBufferView): number
  /** Memory as JavaScript sees it. It must stay mapped as long as the view is used. */
  view (address: number, length: number): ArrayBuffer
}

/** fcntl(2). */
const F_DUPFD_CLOEXEC = 1030

let loaded: Libc | undefined

/** Load koffi; throws when it is not installed or has no binary for this machine. */
export const loadKoffi = (): Koffi => createRequire(import.meta.url)('koffi') as Koffi

/** Load the C library; throws when koffi is not installed or has no binary for this machine. */
export const loadLibc = (): Libc => {
  if (loaded !== undefined) return loaded
  const koffi = loadKoffi()
  const library = koffi.load(null)
  const checked = (declaration: string): (...args: (number | ArrayBufferView)[]) => number => {
    const call = library.func(declaration)
    return (...args) => {
      const result = call(...args)
      return result === -1 ? -koffi.errno() : result
    }
  }
  // glibc has no functions for io_uring; syscall(2) takes any number of arguments.
  const setup = checked('long syscall(long number, long entries, void *params)')
  const register = checked('long syscall(long number, long fd, long operation, void *argument, long count)')
  // Once a turn, and once or twice a connection: no rest arguments and no views, which cost as much as the calls
  // themselves.
  const enter = library.func(
    'long syscall(long number, long fd, long submissions, long completions, long flags, long none, long size)'
  )
  const setOption = library.func('int setsockopt(int fd, int level, int option, long value, int length)')
  const shutDown = library.func('int shutdown(int fd, int how)')
  const mmap = checked('long mmap(long address, long length, int protection, int flags, int fd, long offset)')
  const control = checked('int fcntl(int fd, int command, long argument)')
  loaded = {
    io_uring_setup: (entries, params) => setup(SYS_SETUP, entries, params),
    io_uring_enter (fd, submissions, completions, flags) {
      const result = enter(SYS_ENTER, fd, submissions, completions, flags, 0, 0)
      return result === -1 ? -koffi.errno() : result
    },
    io_uring_register: (fd, operation, argument, count) => register(SYS_REGISTER, fd, operation, argument, count),
    mmap: (length, protection, flags, fd, offset) => mmap(0, length, protection, flags, fd, offset),
    socket: checked('int socket(int family, int type, int protocol)'),
    bind: checked('int bind(int fd, void *address, int length)'),
    listen: checked('int listen(int fd, int backlog)'),
    getsockname: checked('int getsockname(int fd, void *address, void *length)'),
    getsockopt: checked('int getsockopt(int fd, int level, int option, void *value, void *length)'),
    setsockopt (fd, level, option, value, length) {
      const result = setOption(fd, level, option, value, length)
      return result === -1 ? -koffi.errno() : result
    },
    shutdown (fd, how) {
      const result = shutDown(fd, how)
      return result === -1 ? -koffi.errno() : result
    },
    close: checked('int close(int fd)'),
    sendto: checked('long sendto(int fd, void *bytes, long length, int flags, void *address, int addressLength)'),
    ioctl: checked('int ioctl(int fd, unsigned long request, void *argument)'),
    eventfd: checked('int eventfd(int initial, int flags)'),
    pipe2: checked('int pipe2(void *fds, int flags)'),
    if_nametoindex: library.func('unsigned int if_nametoindex(void *name)'),
    dup3: checked('int dup3(int from, int to, int flags)'),
    duplicate: fd => control(fd, F_DUPFD_CLOEXEC, 0),
    addressOf: bytes => Number(koffi.address(bytes)),
    view: (address, length) => koffi.view(BigInt(address), length)
  }
  return loaded
}
