import type { Socket } from 'node:net'
import { loadLibc } from './uring/abi/libc.ts'

// Linux on x86-64 and ARM64, for which Weir is built; other architectures have other numbers.
const SOL_SOCKET = 1
const SO_PEERCRED = 17

/** The process that connected to a Unix socket, as the kernel knows it: it cannot lie. */
export interface PeerCredentials { readonly pid: number, readonly uid: number, readonly gid: number }

/**
 * Returns the credentials of the peer of a Unix socket (SO_PEERCRED, unix(7)); undefined where they cannot be read: on
 * other systems, and without koffi. Node has no call for this.
 */
export const peerCredentials = (socket: Socket): PeerCredentials | undefined => {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return undefined
  const fd = (socket as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd
  if (fd === undefined || fd < 0) return undefined
  try {
    const found = new Int32Array(3)
    const length = Int32Array.of(found.byteLength)
    if (loadLibc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, found, length) < 0 || length[0] !== found.byteLength)
      return undefined
    const [pid, uid, gid] = found as unknown as [number, number, number]
    // uid_t and gid_t have no sign; the kernel's nobody is the highest.
    return { pid, uid: uid >>> 0, gid: gid >>> 0 }
  } catch {
    return undefined
  }
}
