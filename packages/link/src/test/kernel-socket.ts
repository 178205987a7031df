import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What we use of koffi: an optional dependency. */
interface Koffi {
  load(
    path: null
  ): {
    func(
      declaration: string
    ): (fd: number, level: number, option: number, value: Int32Array, length: Int32Array) => number
  }
}

const load = (): ReturnType<ReturnType<Koffi['load']>['func']> | undefined => {
  if (process.platform !== 'linux') return undefined
  try {
    return (createRequire(import.meta.url)('koffi') as Koffi).load(null).func(
      'int getsockopt(int fd, int level, int option, void *value, void *length)'
    )
  } catch {
    return undefined
  }
}

const getsockopt = load()

/** The kernel's side of our sockets can be looked at here. */
export const kernelSockets = getsockopt !== undefined

const option = (fd: number, level: number, name: number): number => {
  const value = new Int32Array(1)
  if (getsockopt!(fd, level, name, value, new Int32Array([4])) !== 0)
    throw new Error(`getsockopt(${fd}, ${level}, ${name})`)
  return value[0]!
}

const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0')

/** The descriptor of this process's connected socket between two ports of 127.0.0.1. */
const descriptor = (local: number, remote: number): number => {
  const row = readFileSync('/proc/self/net/tcp', 'utf8').split('\n').find(line =>
    line.includes(`0100007F:${hex(local)} 0100007F:${hex(remote)}`)
  )
  const inode = row?.trim().split(/\s+/)[9]
  const found = readdirSync('/proc/self/fd').find(fd => {
    try { return readlinkSync(`/proc/self/fd/${fd}`) === `socket:[${inode}]` } catch { return false }
  })
  if (found === undefined) throw new Error(`no socket between ${local} and ${remote}`)
  return Number(found)
}

/** SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT of a connected socket of ours. */
export const keepAliveOf = (
  local: number,
  remote: number
): { on: boolean, idleSeconds: number, intervalSeconds: number, probes: number } => {
  const fd = descriptor(local, remote)
  return {
    on: option(fd, 1, 9) === 1,
    idleSeconds: option(fd, 6, 4),
    intervalSeconds: option(fd, 6, 5),
    probes: option(fd, 6, 6)
  }
}
