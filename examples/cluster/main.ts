// npm run example cluster: redis-server, three nodes of Weir, two brokers, and clients. One node is killed; its clients
// come back through the others, each to its broker.
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RedisStore } from '@weirlb/cluster'
import { Aedes } from 'aedes'
import { connectAsync, type MqttClient } from 'mqtt'

const CLIENTS = 12

const listening = async (server: Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

/** A port that is free now. */
const freePort = async (): Promise<number> => {
  const server = createServer()
  const port = await listening(server)
  await new Promise(resolve => { server.close(resolve) })
  return port
}

// #region redis
const redisPort = await freePort()
// It would begin with what it finds in the folder where this was started.
const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dbfilename', 'none-of-this-example.rdb']
const redis = spawn('redis-server', ['--port', String(redisPort), ...options], { stdio: 'ignore' })
redis.on('error', error => {
  console.error(`redis-server does not run here (${error.message}): install redis or valkey`)
  process.exit(1)
})
const url = `redis://127.0.0.1:${redisPort}`
// #endregion

/** Until the store takes a node. */
for (let tries = 0; ; tries++) {
  const store = new RedisStore(url)
  try {
    await store.open('first', { onMoved () {}, onChanged () {}, onMessage () {}, onDamaged () {} })
    await store.close()
    break
  } catch (error) {
    if (tries === 50) throw error
    await sleep(100)
  }
}

/** Each broker knows its clients. */
const met = new Map<string, string>()
const brokers = await Promise.all(['red', 'blue'].map(async name => {
  const aedes = await Aedes.createBroker()
  aedes.on('client', ({ id }) => { met.set(id, name) })
  const server = createServer(socket => { aedes.handle(socket) })
  return { name, aedes, server, port: await listening(server) }
}))

/** A node is a process of its own: `node.ts` beside this file. */
const node = async (name: string): Promise<{ name: string, port: number, child: ChildProcess }> => {
  const child = fork(fileURLToPath(new URL('./node.ts', import.meta.url)), [], { execArgv: ['--no-node-snapshot'] })
  child.send({ name, url, brokers: brokers.map(({ name, port }) => ({ name, port })) })
  const [{ port }] = await once(child, 'message') as [{ port: number }]
  return { name, port, child }
}
const nodes = await Promise.all(['a', 'b', 'c'].map(node))

const connectVia = async (clientId: string, port: number): Promise<MqttClient> =>
  await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId, reconnectPeriod: 0 })

const clients = new Map<string, { client: MqttClient, via: string, broker: string }>()
for (let i = 0; i < CLIENTS; i++) {
  const id = `meter-${i}`
  const { name, port } = nodes[i % nodes.length]!
  const client = await connectVia(id, port)
  client.on('error', () => {})
  clients.set(id, { client, via: name, broker: met.get(id)! })
}
for (const [id, { via, broker }] of clients) console.log(`${id} through ${via}: ${broker}`)

const [killed, ...left] = nodes
const gone = [...clients].filter(([, { via }]) => via === killed!.name)
const closed = gone.map(async ([, { client }]) => {
  await new Promise<void>(resolve => {
    client.once('close', resolve)
  })
})
killed!.child.kill('SIGKILL')
await Promise.all(closed)
console.log(
  `\n${killed!.name} is killed: ${gone.length} clients come back through ${left.map(({ name }) => name).join(' and ')}`
)

let same = 0
for (const [i, [id, { broker }]] of gone.entries()) {
  const { name, port } = left[i % left.length]!
  met.delete(id)
  const client = await connectVia(id, port)
  const now = met.get(id)!
  if (now === broker) same++
  console.log(`${id} through ${name}: ${now}`)
  clients.set(id, { client, via: name, broker: now })
}
console.log(`\n${same} of ${gone.length} met their broker again`)

for (const { client } of clients.values()) await client.endAsync(true)
for (const { child } of left) {
  child.send('stop')
  await once(child, 'exit')
}
redis.kill()
for (const { aedes, server } of brokers) {
  server.close()
  await new Promise<void>(resolve => { aedes.close(resolve) })
}
process.exitCode = same === gone.length ? 0 : 1
