// pgbench -S through Weir, through HAProxy in mode tcp and through a relay of node:net alone, in turn: transactions for
// each second of the proxy's CPU.
//   node bench/src/postgresql/pgbench.ts [--rounds N] [--seconds N] [--clients N] [--tls] [--before CHECKOUT]
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { servicePrograms } from '../../../test/support/services.ts'
import { freePort } from '../../../test/support/free-port.ts'
import { Authority } from '../../../test/support/pki.ts'
import { Postgres } from '../../../test/support/postgres.ts'
import { WeirProcess } from '../../../test/support/weir-process.ts'
import { runProgram } from '../paths/program.ts'
import { Child } from '../processes/child.ts'
import { cpuUs, treeOf } from '../process-tree.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    clients: { type: 'string', default: '8' },
    tls: { type: 'boolean', default: false },
    before: { type: 'string', default: '' }
  }
})
const [rounds, seconds, clients] = [values.rounds, values.seconds, values.clients].map(Number) as [
  number,
  number,
  number
]
const run = promisify(execFile)
const bin = dirname(servicePrograms.postgresql.file)

interface Proxy { readonly name: string, readonly port: number, readonly pid: number, stop (): Promise<unknown> }

const pgbench = async (port: number, tls: boolean, args: readonly string[]): Promise<string> =>
  (await run(join(bin, 'pgbench'), [...args, 'shop'], {
    env: {
      PATH: process.env['PATH'],
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: 'postgres',
      PGSSLMODE: tls ? 'require' : 'disable'
    }
  })).stdout

/** The floor: sockets of node:net that forward what they read, see plain-proxy.ts. */
const relay = async (server: number): Promise<Proxy> => {
  const child = Child.start(import.meta.resolve('../processes/plain-proxy.ts'), String(server))
  const { port } = await child.hear<{ port: number }>()
  return { name: 'node:net alone', port, pid: child.pid, stop: async () => { await child.stop() } }
}

const weir = async (
  name: string,
  transport: string,
  server: number,
  certkey: object | undefined,
  checkout?: string
): Promise<Proxy> => {
  const process = await WeirProcess.start({
    workers: 1,
    transport,
    logLevel: 'warn',
    ...(checkout === undefined ? {} : { checkout })
  })
  const { api } = process
  await api.call('createExtension', { body: { name: 'e', builtin: 'postgresql' } })
  await api.call('createUserProtocol', { body: { name: 'PG', transport: 'tcp', extension: 'e' } })
  if (certkey !== undefined) await api.call('createCertkey', { body: { name: 'server', ...certkey } })
  await api.call('createService', { body: { name: 's', address: '127.0.0.1', port: server } })
  await api.call('createLbVserver', {
    body: { name: 'lb', persistence: { type: 'user-session' }, services: [{ name: 's' }] }
  })
  await api.call('createUserVserver', {
    body: {
      name: 'v',
      protocol: 'PG',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      certificates: certkey === undefined ? [] : ['server']
    }
  })
  return { name, port: await api.port('v'), pid: process.pid, stop: async () => await process.stop() }
}

const haproxy = async (server: number): Promise<Proxy> => {
  const port = await freePort()
  const config =
    `global\n  nbthread 1\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 10m\n  timeout server 10m\nlisten pg\n  bind 127.0.0.1:${port}\n  server s 127.0.0.1:${server} check\n`
  const { pid, stop } = await runProgram(
    'haproxy',
    port,
    { 'haproxy.cfg': config },
    folder => ['-db', '-f', `${folder}/haproxy.cfg`]
  )
  return { name: 'HAProxy, mode tcp', port, pid: pid!, stop }
}

const server = await Postgres.start(bin, { settings: 'max_connections = 200\nshared_buffers = 64MB' })
const { serial: _, ...certkey } = await (await Authority.root()).issue({ names: [{ type: 'dns', value: 'db.test' }] })
const proxies = [
  ...(values.tls ? [] : [await haproxy(server.port), await relay(server.port)]),
  await weir('Weir', 'node', server.port, values.tls ? certkey : undefined),
  ...(values.before === ''
    ? []
    : [await weir('Weir, before', 'node', server.port, values.tls ? certkey : undefined, values.before)]),
  await weir('Weir on io_uring', 'uring', server.port, values.tls ? certkey : undefined)
]
const results = new Map<string, { cpuUs: number, perSecond: number }[]>(proxies.map(({ name }) => [name, []]))
try {
  await pgbench(server.port, false, ['-i', '-s', '1', '-q'])
  for (let round = 0; round <= rounds; round++) {
    for (const { name, port, pid } of proxies) {
      const tree = treeOf(pid)
      const before = cpuUs(tree)
      const out = await pgbench(port, values.tls, ['-S', '-n', '-M', 'prepared', '-c', String(clients), '-T', String(seconds)])
      const used = cpuUs(tree) - before
      const done = Number(/actually processed: (\d+)/.exec(out)![1])
      // The first round warms up.
      if (round > 0) results.get(name)!.push({ cpuUs: used / done, perSecond: Number(/tps = ([\d.]+)/.exec(out)![1]) })
    }
  }
  const first = median(results.get(proxies[0]!.name)!.map(each => each.cpuUs))
  for (const [name, all] of results) {
    const cpu = median(all.map(each => each.cpuUs))
    console.log(
      `${name.padEnd(18)} ${cpu.toFixed(1).padStart(6)} µs of CPU a transaction (${
        all.map(each => each.cpuUs.toFixed(1)).join(' ')
      }), work for a second of CPU ${(first / cpu).toFixed(2)}, ${
        median(all.map(each => each.perSecond)).toFixed(0)
      } transactions/s`
    )
  }
} finally {
  for (const proxy of proxies) await proxy.stop()
  await server.kill()
}
