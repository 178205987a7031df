// What a successor has of its predecessor beside the sockets, and Weir with sockets of systemd.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { Api } from '../support/api.ts'
import { atEnd } from '../support/at-end.ts'
import { weirBin } from '../support/bundled.ts'
import { describeWithPython } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { come, configure, follows, startWithState, stopped, type Client } from './hand-over-bench.ts'

test('sessions that the predecessor makes while it hands over are the successor\'s', async () => {
  const { weir } = await startWithState(2)
  const { api, pid } = weir
  const port = await freePort()
  await configure(weir, port)
  await api.call('patchLbVserver', { path: { name: 'lb' }, body: { persistence: { type: 'user-session' } } })
  process.kill(pid, 'SIGUSR2')
  const clients: Client[] = []
  const load = setInterval(() => { clients.push(come(port, `hello key${clients.length}`)) }, 20)
  atEnd(() => { clearInterval(load) })
  await follows(weir, [pid])
  await stopped(weir, pid)
  clearInterval(load)
  await until(() => clients.every(({ text }, i) => text.startsWith(`hello key${i}\n`)), 'all clients to be served')
  await until(async () => {
    const keys = new Set(
      (await api.call('listSessions', { query: { limit: 10_000 } })).body.items.map(({ key }) => key)
    )
    return clients.every((_, i) => keys.has(`key${i}`))
  }, 'all their sessions')
})

test('without a state directory nothing is handed over', async () => {
  const weir = await WeirProcess.start({ workers: 1 })
  atEnd(() => weir.stop())
  process.kill(weir.pid, 'SIGUSR2')
  await until(
    () => weir.log.some(line => line.msg === 'not handed over' && String(line['error']).includes('--state')),
    'the refusal'
  )
  expect((await weir.api.call('getHealth')).body.status).toBe('ok')
})

describeWithPython('under systemd', python => {
  test('its sockets are listened on, and it is told of the start and the stop', async () => {
    const listening = createServer()
    await once(listening.listen(0, '127.0.0.1'), 'listening')
    const { port } = listening.address() as AddressInfo
    atEnd(() => { listening.close() })
    const { _handle: handle } = listening as unknown as { readonly _handle: { readonly fd: number } }
    const folder = await mkdtemp(join(tmpdir(), 'weir-notify-'))
    atEnd(async () => { await rm(folder, { recursive: true, force: true }) })
    const told = spawn(python, ['-c', 'import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint("bound",flush=True)\nwhile True: print(s.recv(4096).decode().replace("\\n"," "),flush=True)', join(folder, 'notify')])
    atEnd(() => { told.kill() })
    let notices = ''
    told.stdout.on('data', bytes => { notices += String(bytes) })
    await until(() => notices.includes('bound'), 'the service manager')
    // As systemd does: the variable names the process itself.
    const child = spawn('sh', ['-c', `LISTEN_PID=$$ exec ${process.execPath} ${weirBin} serve --admin 127.0.0.1:0 --workers 2`], {
      stdio: ['ignore', 'pipe', 'inherit', handle.fd],
      env: { ...process.env, LISTEN_FDS: '1', NOTIFY_SOCKET: join(folder, 'notify') }
    })
    atEnd(async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    })
    let out = ''
    child.stdout!.on('data', bytes => { out += String(bytes) })
    await until(() => out.includes('"ready":true'), 'the ready line')
    await until(() => notices.includes('READY=1'), 'the notice')
    await configure({ api: new Api((JSON.parse(out) as { admin: string }).admin) }, port)
    // This process accepts no more: whoever is served is served by Weir.
    listening.close()
    const clients = Array.from({ length: 20 }, () => come(port))
    await until(() => clients.every(({ text }) => text === 'hello x\n'), 'the clients')
    child.kill('SIGTERM')
    await once(child, 'exit')
    await until(() => notices.includes('STOPPING=1'), 'the notice of the end')
  })
})
