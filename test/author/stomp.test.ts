// A protocol that is in no page: written with the guides alone, for a client from npm in front of RabbitMQ.
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import stompit, { type StompClient } from 'stompit'
import { expect, test } from 'vitest'
import { describeWithRabbitmq } from '../support/describe-with.ts'
import { TestClient } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { Newcomer } from '../support/newcomer.ts'
import { startRabbitmq } from '../support/rabbitmq.ts'

const headers = { host: '/', login: 'guest', passcode: 'guest', 'heart-beat': '0,0' }
const connect = async (port: number, connectHeaders: Readonly<Record<string, string>> = headers): Promise<StompClient> => await new Promise((resolve, reject) => {
  stompit.connect({ host: '127.0.0.1', port, connectHeaders }, (error, client) => { if (error === null) resolve(client); else reject(error) })
})

describeWithRabbitmq('STOMP, by an author who has read the guides', (rabbitmq, epmd) => {
  test('is valid, goes to the server of its login, carries messages of any size, and is refused in its own words', async () => {
    const broker = await freePort()
    await startRabbitmq(rabbitmq, epmd, `listeners.tcp = none\nstomp.listeners.tcp.1 = 127.0.0.1:${broker}\n`, 'rabbitmq_stomp')
    const newcomer = await Newcomer.begin()
    await newcomer.writes('stomp.ts', readFileSync(new URL('fixtures/stomp.ts', import.meta.url), 'utf8'))
    expect(await newcomer.runs('validate', 'stomp.ts')).toMatchObject({ status: 0, out: "valid: 'stomp', balance 'per-connection', client frames (delimiter), server frames (delimiter)\n" })
    await newcomer.pushes('stomp.ts', 'stomp')
    const port = await newcomer.serves('stomp', [broker])

    const client = await connect(port)
    // A body holds any byte and is longer than the frames that the extension sees.
    const body = `\0${'x'.repeat(100_000)}\0`
    const delivered = new Promise<Readable>((resolve, reject) => {
      client.subscribe({ destination: '/queue/walk' }, (error, message) => { if (error === null) resolve(message); else reject(error) })
    })
    client.send({ destination: '/queue/walk', 'content-length': String(body.length) }).end(body)
    expect(await text(await delivered)).toBe(body)
    const { api } = newcomer.weir
    expect((await api.call('listConnections', {})).body.items).toMatchObject([{ session: 'guest', fields: { 'stomp.login': 'guest' } }])
    await new Promise(resolve => { client.disconnect(resolve) })

    await expect(connect(port, { host: '/' })).rejects.toThrow('login needed')
    const stranger = new TestClient(port)
    stranger.socket.write('GET / HTTP/1.1\r\n\r\n\0')
    await stranger.closes()
    expect(stranger.text).toBe('ERROR\nmessage:connect first\n\n\0')
  })
})
