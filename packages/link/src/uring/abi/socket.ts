// Constants of the socket interface, from the kernel's headers: socket(2), ip(7), ipv6(7), tcp(7), send(2). The numbers
// are those of <asm-generic/socket.h>, which x86-64, arm64, riscv64 and loong64 share.

export const AF_INET = 2
export const AF_INET6 = 10
export const SOCK_STREAM = 1
export const SOCK_CLOEXEC = 0o2000000

export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_KEEPALIVE = 9
export const SO_LINGER = 13
export const SO_REUSEPORT = 15
export const IPPROTO_TCP = 6
export const TCP_NODELAY = 1
export const TCP_KEEPIDLE = 4
export const TCP_KEEPINTVL = 5
export const TCP_KEEPCNT = 6
export const IPPROTO_IPV6 = 41
export const IPV6_V6ONLY = 26

export const SHUT_RD = 0
export const SHUT_WR = 1

/** Return EAGAIN instead of waiting for room. */
export const MSG_DONTWAIT = 0x40
/** Wait until all of it is sent. */
export const MSG_WAITALL = 0x100
/** An error, not a signal, when the peer is gone. */
export const MSG_NOSIGNAL = 0x4000

/** mmap(2), <asm-generic/mman-common.h>. */
export const PROT_READ_WRITE = 1 | 2
export const MAP_SHARED_POPULATE = 0x01 | 0x8000
export const MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20

/** <linux/eventfd.h>, pipe(2). */
export const EFD_NONBLOCK = 0o4000
export const EFD_CLOEXEC = 0o2000000
export const O_CLOEXEC = 0o2000000

/** <asm-generic/ioctls.h>, under the name of tcp(7). */
export const SIOCOUTQ = 0x5411
