import { readFileSync, readlinkSync } from 'node:fs'
import { ipText, type InheritedSockets } from '@weirlb/core'
import { UsageError } from './usage-error.ts'

/** First descriptor of systemd's sockets (sd_listen_fds(3)). */
const FIRST_FD = 3
/** Where a Weir that hands over names its sockets, as JSON. */
export const HANDED_OVER = 'WEIR_INHERITED_SOCKETS'
/** Where it names the descriptor on which its API listens. */
export const HANDED_API = 'WEIR_INHERITED_API'

/** What this process was given. */
export interface Inherited {
  readonly sockets: readonly InheritedSockets[]
  /** The descriptor on which the API listens already. */
  readonly api: number | undefined
  /** By a Weir that hands over. */
  readonly handedOver: boolean
}

type Environment = Record<string, string | undefined>

/**
 * Returns the listening sockets that this process was given: by a Weir that hands over, or by systemd (LISTEN_PID,
 * LISTEN_FDS). The variables are removed: no child is meant. Throws UsageError if a socket does not listen on TCP.
 */
export const inheritedSockets = (environment: Environment): Inherited => {
  const handed = environment[HANDED_OVER]
  const api = environment[HANDED_API]
  const { LISTEN_PID: pid, LISTEN_FDS: count } = environment
  for (const name of [HANDED_OVER, HANDED_API, 'LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name]
  if (handed !== undefined)
    return {
      sockets: JSON.parse(handed) as InheritedSockets[],
      api: api === undefined ? undefined : Number(api),
      handedOver: true
    }
  return {
    sockets: count === undefined || pid !== String(process.pid) ? [] : ofSystemd(Number(count)),
    api: undefined,
    handedOver: false
  }
}

const ofSystemd = (count: number): readonly InheritedSockets[] => {
  const found: { address: string, port: number, fds: number[] }[] = []
  for (let fd = FIRST_FD; fd < FIRST_FD + count; fd++) {
    const { address, port } = listeningAddress(fd)
    const same = found.find(each => each.address === address && each.port === port)
    if (same === undefined) found.push({ address, port, fds: [fd] })
    else same.fds.push(fd)
  }
  return found
}

/** TCP_LISTEN in /proc/net/tcp. */
const LISTENS = '0A'

const listeningAddress = (fd: number): { address: string, port: number } => {
  let inode: string | undefined
  try {
    inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1]
  } catch { /* There is no such descriptor. */ }
  for (const table of inode === undefined ? [] : ['tcp', 'tcp6']) {
    for (const line of linesOf(`/proc/self/net/${table}`)) {
      const [, local = '', , state, , , , , , number] = line.trim().split(/\s+/)
      if (number !== inode || state !== LISTENS) continue
      const [hex = '', port = ''] = local.split(':')
      return { address: addressOf(hex), port: Number.parseInt(port, 16) }
    }
  }
  throw new UsageError(
    `LISTEN_FDS: descriptor ${fd} is no TCP socket that listens; expected ListenStream= with an address and a port`
  )
}

const linesOf = (path: string): string[] => {
  try { return readFileSync(path, 'latin1').split('\n').slice(1) } catch { return [] }
}

/** The kernel writes an address as words of four bytes, each in the machine's order. */
export const addressOf = (hex: string): string => ipText(Buffer.from(hex, 'hex').swap32())
