// A page in a real browser that speaks MQTT: page, script and WebSocket come through one user vserver, on one port.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { TIME_SCALE, until } from '@weirlb/testing'
import { connectAsync } from 'mqtt'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { describeWithChromium, describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'

const files: Readonly<Record<string, readonly [type: string, content: Buffer]>> = {
  '/': ['text/html', readFileSync(new URL('page.html', import.meta.url))],
  '/mqtt.min.js': [
    'text/javascript',
    readFileSync(join(dirname(createRequire(import.meta.url).resolve('mqtt/package.json')), 'dist/mqtt.min.js'))
  ]
}

/** What the page has of its own; the tests read it from outside. */
interface PageState {
  readonly connects: number
  readonly received: readonly string[]
  readonly disconnects: readonly number[]
  readonly closes: readonly { readonly code: number, readonly reason: string, readonly wasClean: boolean }[]
}

describeWithMosquitto('brokers', mosquitto => {
  describeWithChromium('a page in Chromium', program => {
    let farm: MqttFarm
    let server: Server
    let browser: Browser
    let origin: string
    const asked: (string | undefined)[] = []

    beforeAll(async () => {
      server = createServer((request, response) => {
        asked.push(request.url)
        const [type, content] = files[request.url ?? ''] ?? ['text/plain', undefined]
        response.writeHead(content === undefined ? 404 : 200, { 'Content-Type': type }).end(content)
      })
      await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
      farm = await MqttFarm.start(mosquitto, { workers: 2, brokers: 2 })
      const { api } = farm.weir
      await api.call('createCertkey', { body: { name: 'edge', ...await certificateFor('localhost') } })
      await api.call('createUserProtocol', { body: { name: 'MQTT_WSS', transport: 'wss', extension: 'mqtt' } })
      await api.call('createService', {
        body: { name: 'web', type: 'HTTP', address: '127.0.0.1', port: (server.address() as AddressInfo).port }
      })
      await api.call('createLbVserver', { body: { name: 'webs', type: 'HTTP', services: [{ name: 'web' }] } })
      await api.call('createUserVserver', {
        body: {
          name: 'edge',
          protocol: 'MQTT_WSS',
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'brokers',
          certificates: ['edge'],
          params: { temporaryEnd: 'goodbye' },
          http: { defaultLb: 'webs' },
          websocket: { paths: ['/mqtt'] }
        }
      })
      origin = `https://localhost:${await api.port('edge')}`
      await api.call('patchUserVserver', { path: { name: 'edge' }, body: { websocket: { allowedOrigins: [origin] } } })
      browser = await chromium.launch({
        executablePath: program,
        args: ['--no-sandbox', '--ignore-certificate-errors', '--host-resolver-rules=MAP localhost 127.0.0.1']
      })
    }, 120_000 * TIME_SCALE)
    afterAll(async () => {
      await browser?.close()
      await farm?.stop()
      server?.closeAllConnections()
      server?.close()
    })

    const open = async (from = origin): Promise<Page> => {
      const page = await browser.newPage({ ignoreHTTPSErrors: true })
      await page.goto(from)
      return page
    }
    const stateOf = (page: Page): Promise<PageState> => page.evaluate('({ connects, received, disconnects, closes })')
    const publish = async (page: Page, text: string): Promise<void> => {
      await page.evaluate(`client.publish('chat/1', ${JSON.stringify(text)}, { qos: 1 })`)
    }
    /** The page's state, when it is so far. */
    const when = async (page: Page, ready: (state: PageState) => boolean, what: string): Promise<PageState> =>
      await until(async () => {
        const state = await stateOf(page)
        return ready(state) && state
      }, what)
    const brokers = ({ received }: PageState): string[] =>
      received.flatMap(line => line.startsWith('broker/name ') ? [line.slice('broker/name '.length)] : [])

    test('is served, connects through wss on the same port, subscribes, publishes and receives', async () => {
      const page = await open()
      const first = await when(
        page,
        ({ connects, received }) => connects === 1 && received.length > 0,
        'the page to hear its broker\'s name'
      )
      expect(asked).toContain('/mqtt.min.js')
      await publish(page, 'hello')
      await when(page, ({ received }) => received.includes('chat/1 hello'), 'its own message')
      const { items } = (await farm.weir.api.call('listConnections', { query: { session: 'page-1' } })).body
      expect(items).toMatchObject([{ userVserver: 'edge', service: brokers(first)[0] }])
      await page.close()
    })

    test('comes back to the same broker by its client ID, and is told when that is drained', async () => {
      const before = await open()
      const [broker] = brokers(await when(before, state => brokers(state).length > 0, 'the name of the broker'))
      await before.close()
      const page = await open()
      const again = await when(page, state => brokers(state).length > 0, 'the name of the broker, again')
      expect(brokers(again)).toEqual([broker])
      await farm.weir.api.call('disableService', { path: { name: broker! } })
      const after = await when(
        page,
        state => state.connects === 2 && brokers(state).length === 2,
        'the page to connect to another broker'
      )
      // Use another server, or server shutting down.
      expect(after.disconnects).toEqual([expect.toSatisfy(code => code === 0x8b || code === 0x9c)])
      expect(after.closes).toEqual([{ code: 1001, reason: 'service-down', wasClean: true }])
      expect(brokers(after)[1]).not.toBe(broker)
      await publish(page, 'still here')
      await when(page, ({ received }) => received.includes('chat/1 still here'), 'a message by the other broker')
      await page.close()
      await farm.weir.api.call('enableService', { path: { name: broker! } })
    })

    test('comes back to its broker by a cookie that its browser keeps', async () => {
      const { api } = farm.weir
      const before = (await api.call('getLbVserver', { path: { name: 'brokers' } })).body
      await api.call('patchLbVserver', {
        path: { name: 'brokers' },
        body: { method: 'round-robin', persistence: { type: 'cookie' } }
      })
      await api.call('patchLbVserver', { path: { name: 'webs' }, body: { persistence: { type: 'cookie' } } })
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      const found: string[] = []
      for (let visits = 0; visits < 5; visits++) {
        const page = await context.newPage()
        await page.goto(origin)
        found.push(brokers(await when(page, state => brokers(state).length > 0, 'the name of the broker'))[0]!)
        await page.close()
      }
      expect(new Set(found).size).toBe(1)
      // One with the page, one with the answer to the upgrade.
      expect(await context.cookies()).toEqual(
        [1, 2].map(() =>
          expect.objectContaining({
            name: expect.stringMatching(/^weir-/) as string,
            secure: true,
            httpOnly: true,
            sameSite: 'Lax',
            expires: -1
          }) as object
        )
      )
      expect((await api.call('listSessions', { query: { lbVserver: 'brokers', type: 'cookie' } })).body.items)
        .toMatchObject([{ service: found[0] }])
      await context.close()
      await api.call('replaceLbVserver', { path: { name: 'brokers' }, body: before })
    })

    test('shares its port with devices that speak MQTT over TLS', async () => {
      const { api } = farm.weir
      await api.call('createUserProtocol', { body: { name: 'MQTT_SSL', transport: 'ssl', extension: 'mqtt' } })
      await api.call('createUserVserver', {
        body: {
          name: 'shared',
          protocol: 'MQTT_SSL',
          protocols: ['MQTT_WSS'],
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'brokers',
          certificates: ['edge'],
          tls: { alpn: ['mqtt', 'http/1.1'] },
          http: { defaultLb: 'webs' },
          websocket: { paths: ['/mqtt'] }
        }
      })
      const port = await api.port('shared')
      const device = await connectAsync(`mqtts://127.0.0.1:${port}`, {
        clientId: 'device-1',
        reconnectPeriod: 0,
        servername: 'localhost',
        rejectUnauthorized: false
      }, false)
      const page = await open(`https://localhost:${port}`)
      const state = await when(
        page,
        ({ connects, received }) => connects === 1 && received.length > 0,
        'the page to hear its broker\'s name'
      )
      const { items } = (await api.call('listConnections', { query: { userVserver: 'shared' } })).body
      expect(items.map(({ session, protocol }) => [session, protocol]).sort()).toEqual([['device-1', 'MQTT_SSL'], ['page-1', 'MQTT_WSS']])
      expect(items.find(({ session }) => session === 'page-1')).toMatchObject({ service: brokers(state)[0] })
      await page.close()
      await device.endAsync()
      await api.call('deleteUserVserver', { path: { name: 'shared' } })
      const { requests } = (await api.call('getStats')).body.userVservers['edge']!
      expect(requests).toEqual({ answered: expect.any(Number) as number })
    })

    test('of another origin may not open a WebSocket', async () => {
      const page = await browser.newPage({ ignoreHTTPSErrors: true })
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      const state = await page.evaluate(`new Promise(resolve => {
        const socket = new WebSocket(${JSON.stringify(origin.replace('https', 'wss'))} + '/mqtt', ['mqtt'])
        socket.onclose = ({ code }) => resolve(code)
        socket.onopen = () => resolve('open')
      })`)
      expect(state).toBe(1006)
      await page.close()
    })
  })
})
