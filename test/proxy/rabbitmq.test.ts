// RabbitMQ behind Weir: its PROXY protocol takes a header in one segment only, and neither UNKNOWN nor LOCAL; its
// WebSockets name every sub-protocol that was offered.
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { tunnelProtocol } from '../support/client-info-protocol.ts'
import { describeWithRabbitmq } from '../support/describe-with.ts'
import { around, startEngine, TestClient } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { startRabbitmq } from '../support/rabbitmq.ts'
import { namesOne } from '../support/subprotocols.ts'

/** What a client of AMQP 0-9-1 says first. */
const AMQP = Buffer.from('AMQP\0\0\x09\x01', 'latin1')

describeWithRabbitmq('RabbitMQ', (rabbitmq, epmd) => {
  test('sees clients and where they connected to, with headers of either version', async () => {
    const port = await freePort()
    const { output } = await startRabbitmq(rabbitmq, epmd, `listeners.tcp.1 = 127.0.0.1:${port}\nproxy_protocol = true\n`)
    for (const version of ['v1', 'v2'] as const) {
      const bench = await startEngine({ ...around(tunnelProtocol, [{ port }]), services: [{ name: 's1', address: '127.0.0.1', port, proxyProtocol: version }] })
      const client = new TestClient(bench.port(), { from: '127.0.0.9' })
      client.socket.write(AMQP)
      // Connection.Start.
      await until(() => client.received.length > 200 && client.text.includes('RabbitMQ'), 'the answer')
      await until(() => output().includes(`(127.0.0.9:${client.socket.localPort} -> 127.0.0.1:${bench.port()})`), 'the client in the log')
      client.socket.destroy()
    }
    expect(output()).not.toContain('unrecognized proxy')
  })

  test('is offered one sub-protocol and names one to clients, though it names every one that it was offered', async () => {
    const [port, raw] = [await freePort(), await freePort()]
    await startRabbitmq(rabbitmq, epmd, `listeners.tcp = none\nmqtt.listeners.tcp.1 = 127.0.0.1:${raw}\nweb_mqtt.tcp.ip = 127.0.0.1\nweb_mqtt.tcp.port = ${port}\n`, 'rabbitmq_web_mqtt')
    await namesOne(port, '/ws')
  })
})
