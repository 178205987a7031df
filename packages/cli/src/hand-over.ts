import { spawn, type ChildProcess } from 'node:child_process'
import type { Weir } from '@weirlb/core'
import { HANDED_OVER } from './inherited-sockets.ts'

/** First descriptor of a child behind the standard ones and its channel. */
const FIRST_FD = 4

type Sockets = Awaited<ReturnType<Weir['handOver']>>

/**
 * Start the successor of this process: the same command, from what is installed now, with these listening sockets.
 * Resolves when it serves; rejects when it ends before.
 */
export const startSuccessor = async (sockets: Sockets, environment: Record<string, string>): Promise<ChildProcess> => {
  const fds: number[] = []
  const there = sockets.map(({ address, port, handles = [] }) => ({
    address,
    port,
    fds: handles.map(handle => FIRST_FD - 1 + fds.push((handle as { readonly fd: number }).fd))
  }))
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    // It outlives this process, which a terminal or its group may end.
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...fds],
    env: { ...process.env, ...environment, [HANDED_OVER]: JSON.stringify(there) }
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => { resolve() })
    child.once('error', reject)
    child.once('exit', (code, signal) => { reject(new Error(`the successor ended with ${signal ?? `status ${code}`}`)) })
  })
  child.disconnect()
  child.unref()
  return child
}

/** Tell the Weir that hands over to this process, if there is one, that it is served. */
export const reportToPredecessor = (): void => {
  if (process.send === undefined) return
  process.send('serving', () => { if (process.connected) process.disconnect() })
}
