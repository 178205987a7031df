// node test/mqtt/mosquitto-suite/main.ts SOURCE [TEST…]: the tests of mosquitto's own source that connect as clients,
// against the installed mosquitto alone and through Weir, inspecting CONNECT and every message. Prints where they
// differ. SOURCE is mosquitto's unpacked source of the installed version: `apt-get source mosquitto`. Needs python3
// and cc; ten minutes.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { WeirProcess } from '../../support/weir-process.ts'

const [source, ...wanted] = process.argv.slice(2)
if (source === undefined) throw new Error('usage: node test/mqtt/mosquitto-suite/main.ts SOURCE [TEST…]')

/** Most ports that one test takes. */
const PORTS = 3
const TIMEOUT_MS = 120_000
/** They wait by the clock: on a busy machine one may fail that passes the next time. */
const TRIES = 3

interface Way {
  readonly name: string
  readonly folder: string
  /** Ports that the tests connect to. */
  readonly ports: readonly number[]
  readonly env: NodeJS.ProcessEnv
}

const folder = mkdtempSync(join(tmpdir(), 'weir-mosquitto-suite-'))

const prepare = (name: string): string => {
  const own = join(folder, name)
  for (const part of ['test', 'include']) cpSync(join(source, part), join(own, part), { recursive: true })
  const plugins = join(own, 'test/broker/c')
  for (const file of readdirSync(plugins).filter(each => /plugin.*\.c$/.test(each))) {
    const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-w', '-I../../../include', '-o', file.replace(/\.c$/, '.so'), file], { cwd: plugins, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }
  const program = join(own, 'src/mosquitto')
  cpSync(new URL('./broker.ts', import.meta.url).pathname, join(own, 'src/broker.ts'))
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} "$(dirname "$0")/broker.ts" "$@"\n`)
  chmodSync(program, 0o755)
  // Weir listens before the broker does: it is the broker that they wait for, and longer than a second or two.
  const helper = join(own, 'test/mosq_test.py')
  writeFileSync(helper, `import json\n${readFileSync(helper, 'utf8')
    .replace('range(0, 20)', 'range(0, 100)')
    .replace('socket.create_connection(("localhost", port))', 'socket.create_connection(("localhost", json.loads(os.environ.get("BROKER_PORTS", "{}")).get(str(port), port)))')}`)
  return join(own, 'test/broker')
}

const portsOf = async (): Promise<number[]> => {
  const ports = new Set<number>()
  while (ports.size < PORTS) ports.add(await freePort())
  return [...ports]
}

const throughWeir = async (inspect: string): Promise<{ readonly way: Way, readonly weir: WeirProcess }> => {
  const [ports, behind] = [await portsOf(), await portsOf()]
  const config = join(folder, `${inspect}.json`)
  writeFileSync(
    config,
    JSON.stringify({
      extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
      userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
      services: behind.map((port, i) => ({ name: `broker-${i}`, address: '127.0.0.1', port, monitors: [] })),
      lbVservers: behind.map((_, i) => ({ name: `lb-${i}`, services: [{ name: `broker-${i}` }] })),
      userVservers: ports.map((port, i) => ({
        name: `mqtt-${i}`,
        protocol: 'MQTT',
        address: '127.0.0.1',
        port,
        defaultLb: `lb-${i}`,
        params: { inspect }
      }))
    })
  )
  const weir = await WeirProcess.start({ workers: 1, config, logLevel: 'error' })
  const env = {
    ...process.env,
    BROKER_PORTS: JSON.stringify(Object.fromEntries(ports.map((port, i) => [port, behind[i]])))
  }
  return { weir, way: { name: inspect, folder: prepare(inspect), ports, env } }
}

const passes = async ({ folder: cwd, ports, env }: Way, test: string): Promise<boolean> => {
  const count = Number(/get_port\((\d*)\)/.exec(readFileSync(join(cwd, test), 'utf8'))?.[1] ?? 1)
  const child = spawn('python3', [`./${test}`, ...ports.slice(0, count || 1).map(String)], {
    cwd,
    env,
    stdio: 'ignore',
    detached: true
  })
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
  }, TIMEOUT_MS)
  const [status] = await once(child, 'exit') as [number | null]
  clearTimeout(timer)
  // One that failed may have left its broker.
  try { process.kill(-child.pid!, 'SIGKILL') } catch { /* nothing was left */ }
  return status === 0
}

const passesOnce = async (way: Way, test: string): Promise<boolean> => {
  for (let tried = 0; tried < TRIES; tried++) if (await passes(way, test)) return true
  return false
}

const alone: Way = { name: 'alone', folder: prepare('alone'), ports: await portsOf(), env: process.env }
const [connect, messages] = [await throughWeir('connect'), await throughWeir('messages')]
try {
  const ways = [alone, connect.way, messages.way]
  // In those on bridges the broker is the client; those on TLS speak it with the broker.
  const tests = readdirSync(alone.folder).filter(name => /^\d\d-.*\.py$/.test(name) && !/^0[68]-|helper/.test(name))
    .filter(name => wanted.length === 0 || wanted.includes(name)).sort()
  const passed = ways.map(() => 0)
  for (const test of tests) {
    const outcomes = await Promise.all(ways.map(way => passesOnce(way, test)))
    for (const [i, ok] of outcomes.entries()) if (ok) passed[i]!++
    if (!outcomes.every(Boolean))
      process.stdout.write(
        `${test}: ${ways.map(({ name }, i) => `${name} ${outcomes[i]! ? 'passes' : 'fails'}`).join(', ')}\n`
      )
  }
  process.stdout.write(
    `of ${tests.length} tests pass: ${ways.map(({ name }, i) => `${name} ${passed[i]!}`).join(', ')}\n`
  )
} finally {
  await Promise.all([connect.weir.stop(), messages.weir.stop()])
  rmSync(folder, { recursive: true })
}
