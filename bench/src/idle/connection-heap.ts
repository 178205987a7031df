// What the JavaScript heap of a worker has for an idle connection, object by object: MQTT clients that were accepted
// and say nothing.
//   node bench/src/idle/connection-heap.ts [--transport node|uring] [--connections N] [--least BYTES]
// Two heap snapshots of the worker, before the connections and with them. Kinds of objects that have less than BYTES
// for a connection are summed up.
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { WeirProcess } from '../../../test/support/weir-process.ts'
import { treeOf } from '../process-tree.ts'
import { connack, connectPacket } from '../wire/messages.ts'
import { growth, kindsOf } from './heap-diff.ts'

const { values } = parseArgs({
  options: {
    transport: { type: 'string', default: 'node' },
    connections: { type: 'string', default: '5000' },
    least: { type: 'string', default: '16' }
  }
})
const connections = Number(values.connections)
/** Clients that are there before: tables and pools have been made for them. */
const FIRST = 500
const TOGETHER = 100

const server = createServer(socket => {
  socket.on('error', () => {})
  socket.once('data', () => { socket.write(connack) })
})
server.listen(0, '127.0.0.1', 16_384)
await once(server, 'listening')

const folder = mkdtempSync(join(tmpdir(), 'weir-heap-'))
const clients: Socket[] = []
const openOne = async (port: number): Promise<void> => {
  const socket = connect(port, '127.0.0.1')
  clients.push(socket)
  socket.write(connectPacket(`client-${clients.length}`))
  await once(socket, 'data')
}
/** Opens connections, some at a time. */
const open = async (port: number, count: number): Promise<void> => {
  for (let left = count; left > 0; left -= TOGETHER)
    await Promise.all(Array.from({ length: Math.min(left, TOGETHER) }, async () => {
      await openOne(port)
    }))
}

const weir = await WeirProcess.start({
  workers: 1,
  transport: values.transport,
  logLevel: 'error',
  env: { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder}` }
})
try {
  const [, worker] = treeOf(weir.pid) as [number, number]
  await weir.api.call('replaceConfig', {
    body: {
      extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
      userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
      services: [{
        name: 'broker',
        address: '127.0.0.1',
        port: (server.address() as { port: number }).port,
        monitors: []
      }],
      lbVservers: [{ name: 'lb', services: [{ name: 'broker' }] }],
      userVservers: [{
        name: 'mqtt',
        protocol: 'MQTT',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        floods: { connectsPerAddress: 0, connectsPerSecond: 0 }
      }]
    }
  })
  const { status } = (await weir.api.call('getUserVserver', { path: { name: 'mqtt' } })).body as {
    status: { listening: { port: number } }
  }
  const snapshot = async (): Promise<string> => {
    await pause(3000)
    const before = globSync('*.heapsnapshot', { cwd: folder })
    process.kill(worker, 'SIGUSR2')
    for (;;) {
      await pause(1000)
      const name = globSync('*.heapsnapshot', { cwd: folder }).find(file => !before.includes(file))
      // It is written in pieces.
      if (name !== undefined && readFileSync(join(folder, name)).subarray(-4).toString().trimEnd().endsWith(']}'))
        return join(folder, name)
    }
  }
  await open(status.listening.port, FIRST)
  const before = kindsOf(await snapshot())
  await open(status.listening.port, connections)
  const rows = growth(before, kindsOf(await snapshot()))
  const total = rows.reduce((sum, { bytes }) => sum + bytes, 0)
  console.log(
    `${connections} idle connections, transport ${values.transport}, Node ${process.version}: ${
      (total / connections).toFixed(0)
    } bytes of heap each\n`
  )
  console.log('| bytes | objects | of |\n|--:|--:|---|')
  /**
   * What there is once or more for each connection; all else is code that was compiled meanwhile, and tables that grew.
   */
  const own = rows.filter(({ count }) => count / connections >= 0.9)
  const small = own.filter(({ bytes }) => bytes / connections < Number(values.least))
  const sum = (some: readonly { readonly bytes: number }[]): string =>
    (some.reduce((all, { bytes }) => all + bytes, 0) / connections).toFixed(0)
  for (const { name, count, bytes } of own)
    if (bytes / connections >= Number(values.least))
      console.log(`| ${(bytes / connections).toFixed(0)} | ${(count / connections).toFixed(0)} | ${name} |`)
  console.log(`| ${sum(small)} | | ${small.length} more kinds of objects that each connection has |`)
  console.log(`| ${
    sum(rows.filter(({ count }) => count / connections < 0.9))
  } | | what not each connection has: code, tables |`)
} finally {
  for (const client of clients) client.destroy()
  await weir.stop()
  server.close()
  rmSync(folder, { recursive: true })
}
process.exit()
