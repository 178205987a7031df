// A Weir hands its clients' listening sockets to its successor, or has them from systemd.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeServer, until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { Api } from '../support/api.ts'
import { describeWithPython } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { WeirProcess } from '../support/weir-process.ts'

const ends: (() => unknown)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

const configure = async (weir: WeirProcess, port: number): Promise<void> => {
  const server = await FakeServer.echo()
  ends.push(() => server.close())
  const { api } = weir
  await api.call('createExtension', { body: { name: 'lines', source: lineProtocol(SERVER_LINES) } })
  await api.call('createUserProtocol', { body: { name: 'LINES', transport: 'tcp', extension: 'lines' } })
  await api.call('createService', { body: { name: 's', address: '127.0.0.1', port: server.port } })
  await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
  await api.call('createUserVserver', { body: { name: 'v', protocol: 'LINES', address: '127.0.0.1', port, defaultLb: 'lb' } })
}

interface Client { readonly socket: Socket, text: string, error: string | undefined, closed: boolean }
const come = (port: number): Client => {
  const client: Client = { socket: connect(port, '127.0.0.1'), text: '', error: undefined, closed: false }
  ends.push(() => client.socket.destroy())
  client.socket.on('data', bytes => { client.text += bytes.toString() })
  client.socket.on('error', (error: NodeJS.ErrnoException) => { client.error = error.code })
  client.socket.on('close', () => { client.closed = true })
  client.socket.write('hello x\n')
  return client
}

/** Resolves when this Weir has stopped. A successor may have nobody who reaps it: its process says nothing. */
const stopped = async (weir: WeirProcess, pid: number): Promise<void> => { await until(() => weir.log.some(line => line.msg === 'stopped' && line['pid'] === pid), `Weir ${pid} to stop`) }
/** Resolves with the process of the next Weir, when it runs. */
const follows = async (weir: WeirProcess, pids: readonly number[]): Promise<number> =>
  await until(() => weir.log.find(line => line.msg === 'running' && !pids.includes(line['pid'] as number))?.['pid'] as number | undefined, 'the successor')

test('no client is refused while a successor takes over, and those of the first Weir are told to go', { timeout: 120_000 }, async () => {
  const state = await mkdtemp(join(tmpdir(), 'weir-hand-over-'))
  ends.push(async () => { await rm(state, { recursive: true, force: true }) })
  const admin = `127.0.0.1:${await freePort()}`
  const port = await freePort()
  const weir = await WeirProcess.start({ workers: 2, state, admin })
  ends.push(() => weir.stop())
  // Successors log to the same pipe.
  ends.push(() => {
    for (const { pid } of weir.log.filter(line => line.msg === 'running') as { pid?: number }[]) {
      try { process.kill(pid!, 'SIGTERM') } catch { /* It has ended. */ }
    }
  })
  await configure(weir, port)
  const first = come(port)
  await until(() => first.text === 'hello x\n', 'the first client')

  // A client comes every twenty milliseconds.
  const clients: Client[] = []
  const load = setInterval(() => { clients.push(come(port)) }, 20)
  ends.push(() => { clearInterval(load) })
  await until(() => clients.length > 20, 'some clients')
  const { pid } = weir
  process.kill(pid, 'SIGUSR2')
  const next = await follows(weir, [pid])
  await stopped(weir, pid)
  const before = clients.length
  await until(() => clients.length > before + 20, 'clients of the successor')
  clearInterval(load)
  await until(() => clients.every(({ text, error }) => text.startsWith('hello x\n') || error !== undefined) || (clients.some(({ text, closed }) => closed && !text.startsWith('hello x')) && Promise.reject(new Error('a client was not served'))), 'all clients to be served')
  expect(clients.flatMap(({ error }) => error ?? [])).toEqual([])
  await until(() => first.closed, 'the first client to go')
  expect(first.text).toBe('hello x\ngoodbye shutdown after 1 answered\n')

  const { status, revision } = (await until(async () => await weir.api.call('getHealth').catch(() => undefined), 'the API')).body
  expect({ status, revision }).toEqual({ status: 'ok', revision: 5 })
  // It can be configured, and can hand over in turn.
  await weir.api.call('patchService', { path: { name: 's' }, body: { comment: 'of the successor' } })
  const client = come(port)
  await until(() => client.text === 'hello x\n', 'a client')
  process.kill(next, 'SIGUSR2')
  const last = await follows(weir, [pid, next])
  await stopped(weir, next)
  await until(() => client.closed, 'its client to go')
  expect((await until(async () => await weir.api.call('getService', { path: { name: 's' } }).catch(() => undefined), 'the API')).body.comment).toBe('of the successor')
  process.kill(last, 'SIGTERM')
  await stopped(weir, last)
})

test('without a state directory nothing is handed over', async () => {
  const weir = await WeirProcess.start({ workers: 1 })
  ends.push(() => weir.stop())
  process.kill(weir.pid, 'SIGUSR2')
  await until(() => weir.log.some(line => line.msg === 'not handed over' && String(line['error']).includes('--state')), 'the refusal')
  expect((await weir.api.call('getHealth')).body.status).toBe('ok')
})

describeWithPython('under systemd', python => {
  test('its sockets are listened on, and it is told of the start and the stop', { timeout: 120_000 }, async () => {
    const listening = createServer()
    await once(listening.listen(0, '127.0.0.1'), 'listening')
    const { port } = listening.address() as AddressInfo
    ends.push(() => listening.close())
    const { _handle: handle } = listening as unknown as { readonly _handle: { readonly fd: number } }
    const folder = await mkdtemp(join(tmpdir(), 'weir-notify-'))
    ends.push(async () => { await rm(folder, { recursive: true, force: true }) })
    const told = spawn(python, ['-c', 'import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint("bound",flush=True)\nwhile True: print(s.recv(4096).decode().replace("\\n"," "),flush=True)', join(folder, 'notify')])
    ends.push(() => { told.kill() })
    let notices = ''
    told.stdout.on('data', bytes => { notices += String(bytes) })
    await until(() => notices.includes('bound'), 'the service manager')
    // As systemd does: the variable names the process itself.
    const child = spawn('sh', ['-c', `LISTEN_PID=$$ exec ${process.execPath} packages/cli/bin/weir.js serve --admin 127.0.0.1:0 --workers 2`], {
      stdio: ['ignore', 'pipe', 'inherit', handle.fd],
      env: { ...process.env, LISTEN_FDS: '1', NOTIFY_SOCKET: join(folder, 'notify') }
    })
    ends.push(async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    })
    let out = ''
    child.stdout!.on('data', bytes => { out += String(bytes) })
    await until(() => out.includes('"ready":true'), 'the ready line')
    await until(() => notices.includes('READY=1'), 'the notice')
    await configure({ api: new Api((JSON.parse(out) as { admin: string }).admin) } as WeirProcess, port)
    // This process accepts no more: whoever is served is served by Weir.
    listening.close()
    const clients = Array.from({ length: 20 }, () => come(port))
    await until(() => clients.every(({ text }) => text === 'hello x\n'), 'the clients')
    child.kill('SIGTERM')
    await once(child, 'exit')
    await until(() => notices.includes('STOPPING=1'), 'the notice of the end')
  })
})
