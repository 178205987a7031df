// What TLS clients send and say, held against the page that tells of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { until } from '@weirlb/testing'
import { Redis } from 'ioredis'
import { connect as connectMqtt } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClientHello, readHello } from '../../packages/link/src/layer/tls/client-hello.ts'
import type { Certificate } from '../support/certificate.ts'
import { describeWithMosquitto, describeWithPahoC, describeWithRedis } from '../support/describe-with.ts'
import { atEnd } from '../support/engine-bench.ts'
import { buildPahoPublish } from '../support/paho-publish.ts'
import { Authority, selfSigned } from '../support/pki.ts'
import { whoami } from './whoami.ts'

const page = readFileSync(new URL('../../docs/reference/tls-clients.md', import.meta.url), 'utf8')
/** The cells of the page's tables. */
const rows = page.split('\n').filter(line => line.startsWith('| ')).map(line => line.slice(2, -2).split(' | '))
const nameOnPage = (program: string, dials: string): string => {
  const row = rows.find(([name, what]) => name!.startsWith(program) && what === dials)
  if (row === undefined) throw new Error(`no row for ${program} that dials ${dials}`)
  return row[2]!
}
const refusalOnPage = (program: string, version: string): string[] =>
  rows.find(([name, what]) => name!.startsWith(program) && what === version)!.slice(2)

let directory: string
let root: Authority
let untrusted: Certificate
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weir-clients-'))
  root = await Authority.root()
  untrusted = await selfSigned('self')
  writeFileSync(at('ca.pem'), root.cert)
  writeFileSync(at('self.pem'), untrusted.cert)
  writeFileSync(at('self.key'), untrusted.key)
})
afterAll(() => { rmSync(directory, { recursive: true }) })
const at = (name: string): string => join(directory, name)

/** The server name in the first message of a client that is started with a port. */
const nameSent = async (start: (port: number) => () => void): Promise<string> => {
  const server = net.createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const stop = start((server.address() as AddressInfo).port)
  const [socket] = await once(server, 'connection') as [net.Socket]
  let hello = Buffer.alloc(0)
  socket.on('error', () => {}).on('data', bytes => { hello = Buffer.concat([hello, bytes]) })
  await until(() => hello.length > 0 && typeof readHello(hello) === 'object', 'the hello')
  socket.destroy()
  server.close()
  stop()
  return (readHello(hello) as ClientHello).serverName
}

const program = (name: string, ...args: string[]) => (port: number): (() => void) => {
  const child = spawn(name, args.map(arg => arg.replace('PORT', String(port))), { stdio: 'ignore' })
  return () => { child.kill() }
}

/** What the page says of both, and what is sent. */
const compared = async (name: string, start: (host: string) => (port: number) => () => void): Promise<void> => {
  for (const [dials, host] of [['a host name', 'localhost'], ['an IP address', '127.0.0.1']] as const) {
    const sent = await nameSent(start(host))
    expect([name, dials, sent === '' ? 'none' : sent === host ? `the ${dials.split(' ').slice(1).join(' ')}` : sent])
      .toEqual([name, dials, nameOnPage(name, dials)])
  }
}

test('the hello of Node has the size that the page has', async () => {
  const server = net.createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => {
    server.close()
  })
  const client = connectTls({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    servername: 'edge.test'
  }).on('error', () => {})
  atEnd(() => {
    client.destroy()
  })
  const [socket] = await once(server, 'connection') as [net.Socket]
  let hello = Buffer.alloc(0)
  socket.on('error', () => {}).on('data', bytes => { hello = Buffer.concat([hello, bytes]) })
  await until(() => hello.length > 5 && hello.length >= 5 + hello.readUInt16BE(3), 'the whole record')
  const size = (what: string): number => Number(rows.find(([name]) => name!.startsWith(what))?.[1])
  const extensions = extensionsOf(hello)
  const [last, at] = extensions.at(-1)!
  expect([hello.length, extensions.find(([type]) => type === 0)![1], at]).toEqual(
    ['first message', 'bytes before the server name', 'bytes before the key shares'].map(size)
  )
  expect(last).toBe(51)
})

/** Types of a hello's extensions, and where each begins. */
const extensionsOf = (hello: Buffer): [type: number, at: number][] => {
  let at = 5 + 4 + 2 + 32
  at += 1 + hello[at]!
  at += 2 + hello.readUInt16BE(at)
  at += 1 + hello[at]! + 2
  const found: [number, number][] = []
  for (; at < hello.length; at += 4 + hello.readUInt16BE(at + 2)) found.push([hello.readUInt16BE(at), at])
  return found
}

describe('the server name that is sent by', () => {
  test('openssl', async () => {
    await compared('openssl', host => program('openssl', 's_client', '-connect', `${host}:PORT`))
  })
  test('Node', async () => {
    await compared('Node', host => port => {
      const socket = connectTls({ host, port }).on('error', () => {})
      return () => { socket.destroy() }
    })
  })
  test('mqtt.js', async () => {
    await compared('mqtt.js', host => port => {
      const client = connectMqtt(`mqtts://${host}:${port}`, { reconnectPeriod: 0 }).on('error', () => {})
      return () => { client.end(true) }
    })
  })
  test('ioredis', async () => {
    await compared('ioredis', host => port => {
      const client = new Redis({ host, port, tls: {}, retryStrategy: () => null }).on('error', () => {})
      return () => { client.disconnect() }
    })
  })
})

describeWithRedis('redis-cli', () => {
  test('the server name', async () => {
    await compared(
      'redis-cli',
      host => program('redis-cli', '-h', host, '-p', 'PORT', '--tls', '--cacert', at('ca.pem'), 'ping')
    )
  })
})

describeWithMosquitto('mosquitto', () => {
  test('the server name', async () => {
    await compared(
      'mosquitto_sub',
      host => program('mosquitto_sub', '-h', host, '-p', 'PORT', '--cafile', at('ca.pem'), '-t', 'a')
    )
  })
})

describeWithPahoC('Paho C', cc => {
  test('the server name', async () => {
    buildPahoPublish(cc, at('paho-publish'))
    await compared('Paho C', host => program(at('paho-publish'), `ssl://${host}:PORT`, 'id', at('ca.pem')))
  })
})

/** A vserver that takes no client of these tests. */
const refusing = async (version: '1.2' | '1.3') => {
  const server = await root.issue({ names: [{ type: 'dns', value: 'localhost' }] })
  return await whoami([{ name: 'server', cert: server.cert, key: server.key }, { name: 'devices', ca: root.cert }], ['server'], { minVersion: `TLSv${version}`, maxVersion: `TLSv${version}`, clientCertificate: 'mandatory', clientCa: ['devices'] })
}

describe.each(['1.2', '1.3'] as const)('a client that is refused over TLS %s', version => {
  describeWithMosquitto('mosquitto', () => {
    test('mosquitto_pub', async () => {
      const { port } = await refusing(version)
      const outcomes = []
      for (const own of [[], ['--cert', at('self.pem'), '--key', at('self.key')]]) {
        const child = spawn('mosquitto_pub', ['-h', 'localhost', '-p', String(port), '--cafile', at('ca.pem'), '--tls-version', `tlsv${version}`, ...own, '-t', 'a', '-m', 'b'], { stdio: ['ignore', 'ignore', 'pipe'] })
        const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>])
        // Whether the close arrives while it dials or later is a matter of time.
        const shown = status === 1 || status === 8 ? '1 or 8' : status
        outcomes.push(`status ${shown}, \`${/(?:Error: |\()(.*?)\./.exec(said)?.[1]}\``)
      }
      expect(outcomes).toEqual(refusalOnPage('mosquitto_pub', version))
    })
  })

  describeWithPahoC('Paho C', cc => {
    test('its synchronous client', async () => {
      const { port } = await refusing(version)
      buildPahoPublish(cc, at('paho-publish'))
      const outcomes = []
      for (const own of [[], [at('self.pem'), at('self.key')]]) {
        const child = spawn(at('paho-publish'), [`ssl://localhost:${port}`, 'id', at('ca.pem'), ...own], {
          stdio: ['ignore', 'pipe', 'ignore']
        })
        outcomes.push(`connect returns ${(await text(child.stdout)).trim()}`)
      }
      expect(outcomes).toEqual(refusalOnPage('Paho C', version))
    })
  })

  test('mqtt.js', async () => {
    const { port } = await refusing(version)
    const outcomes = []
    const only = { minVersion: `TLSv${version}`, maxVersion: `TLSv${version}` }
    for (const own of [{}, untrusted]) {
      const seen: string[] = []
      let secured = false
      const client = connectMqtt(`mqtts://127.0.0.1:${port}`, {
        rejectUnauthorized: false,
        reconnectPeriod: 0,
        ...only,
        ...own
      })
      atEnd(() => {
        client.end(true)
      })
      ;(client.stream as TLSSocket).on('secureConnect', () => {
        secured = true
      })
      client.on('error', error => {
        seen.push(`\`error\` ${(error as NodeJS.ErrnoException).code}`)
      })
      client.on('close', () => {
        seen.push('`close`')
      })
      await until(() => seen.includes('`close`'), 'the end')
      outcomes.push(seen.join(', '))
      expect(secured).toBe(version === '1.3')
    }
    expect(outcomes).toEqual(refusalOnPage('mqtt.js', version))
  })
})
