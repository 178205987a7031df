import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeServer, until } from '@weirlb/testing'
import type { Api } from '../support/api.ts'
import { atEnd } from '../support/at-end.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { WeirProcess } from '../support/weir-process.ts'

/** Clients of `v`, on this port, speak lines; its server says what it hears. */
export const configure = async (weir: { readonly api: Api }, port: number): Promise<void> => {
  const server = await FakeServer.echo()
  atEnd(() => server.close())
  const { api } = weir
  await api.call('createExtension', { body: { name: 'lines', source: lineProtocol(SERVER_LINES) } })
  await api.call('createUserProtocol', { body: { name: 'LINES', transport: 'tcp', extension: 'lines' } })
  await api.call('createService', { body: { name: 's', address: '127.0.0.1', port: server.port } })
  await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
  await api.call('createUserVserver', {
    body: { name: 'v', protocol: 'LINES', address: '127.0.0.1', port, defaultLb: 'lb' }
  })
}

/** A client, and what it got. */
export interface Client { readonly socket: Socket, text: string, error: string | undefined, closed: boolean }
/** A client that says a line. */
export const come = (port: number, line = 'hello x'): Client => {
  const client: Client = { socket: connect(port, '127.0.0.1'), text: '', error: undefined, closed: false }
  atEnd(() => { client.socket.destroy() })
  client.socket.on('data', bytes => { client.text += bytes.toString() })
  client.socket.on('error', (error: NodeJS.ErrnoException) => { client.error = error.code })
  client.socket.on('close', () => { client.closed = true })
  client.socket.write(`${line}\n`)
  return client
}

/** Resolves when this Weir has stopped. A successor may have nobody who reaps it: its process says nothing. */
export const stopped = async (weir: WeirProcess, pid: number): Promise<void> => {
  await until(() => weir.log.some(line => line.msg === 'stopped' && line['pid'] === pid), `Weir ${pid} to stop`)
}
/** Resolves with the process of the next Weir, when it runs. */
export const follows = async (weir: WeirProcess, pids: readonly number[]): Promise<number> =>
  await until(() => weir.log.find(line => line.msg === 'running' && !pids.includes(line['pid'] as number))?.['pid'] as number | undefined, 'the successor')

/** A Weir with a state directory and an API of a known address; its successors end with the test. */
export const startWithState = async (
  workers: number,
  env: Readonly<Record<string, string>> = {}
): Promise<{ readonly weir: WeirProcess, readonly state: string }> => {
  const state = await mkdtemp(join(tmpdir(), 'weir-hand-over-'))
  atEnd(async () => { await rm(state, { recursive: true, force: true, maxRetries: 50 }) })
  const weir = await WeirProcess.start({ workers, state, env, admin: `127.0.0.1:${await freePort()}` })
  atEnd(() => weir.stop())
  // Successors log to the same pipe. They may write to the directory until they have ended.
  atEnd(() => {
    for (const { pid } of weir.log.filter(line => line.msg === 'running') as { pid?: number }[]) {
      try { process.kill(pid!, 'SIGTERM') } catch { /* It has ended. */ }
    }
  })
  return { weir, state }
}
