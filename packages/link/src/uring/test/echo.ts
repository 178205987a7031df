import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import type { Forged } from './echo-child.ts'

const file = fileURLToPath(new URL('./echo-child.ts', import.meta.url))

/**
 * An echo on io_uring in a process of its own, which answers questions about itself. `descriptors`: how many the
 * process may have.
 */
export const startEcho = async (
  port = 0,
  descriptors?: number
): Promise<{ child: ChildProcess, port: number, ask: (what: string) => Promise<unknown> }> => {
  const stdio = ['ignore', 'inherit', 'pipe', 'ipc'] as const
  const child = descriptors === undefined
    ? fork(file, [String(port)], { stdio: [...stdio] })
    : spawn('/bin/sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, file, String(port)], {
      stdio: [...stdio]
    })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [at] = await once(child, 'message') as [number]
  const ask = async (what: string): Promise<unknown> => {
    const answer = once(child, 'message')
    child.send(what)
    return (await answer as [unknown])[0]
  }
  return { child, port: at, ask }
}

/** A client of it that is connected. */
export const talkingTo = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await once(socket, 'connect')
  onTestFinished(() => { socket.destroy() })
  return socket
}

/** Tell an echo of a completion that never was, and wait for its end: what it says on standard error. */
export const sayingAtItsEnd = async (child: ChildProcess, forged: Forged): Promise<string> => {
  const said = text(child.stderr!)
  const exited = once(child, 'exit')
  child.send(forged)
  expect((await exited as [number])[0]).not.toBe(0)
  return await said
}
