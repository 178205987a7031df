// RabbitMQ behind Weir: it takes a header of the PROXY protocol in one segment only, and neither UNKNOWN nor LOCAL.
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { runProgram } from '../support/balancer-program.ts'
import { tunnelProtocol } from '../support/client-info-protocol.ts'
import { describeWithRabbitmq } from '../support/describe-with.ts'
import { around, freePort, startEngine, TestClient } from '../support/engine-bench.ts'

/** What a client of AMQP 0-9-1 says first. */
const AMQP = Buffer.from('AMQP\0\0\x09\x01', 'latin1')

describeWithRabbitmq('RabbitMQ', (rabbitmq, epmd) => {
  test('sees clients and where they connected to, with headers of either version', async () => {
    const [port, names, nodes] = [await freePort(), await freePort(), await freePort()]
    // It starts a daemon of its own where there is none.
    await runProgram(epmd, ['-address', '127.0.0.1', '-port', String(names)], {}, { port: names })
    const { output } = await runProgram(rabbitmq, [], {
      'rabbitmq.conf': `listeners.tcp.1 = 127.0.0.1:${port}\nproxy_protocol = true\nlog.console = true\nlog.console.level = info\nlog.file = false\n`,
      plugins: '[].\n'
    }, { said: 'Server startup complete' }, {
      ERL_EPMD_PORT: String(names), RABBITMQ_DIST_PORT: String(nodes), RABBITMQ_NODENAME: `weir-${port}@localhost`, RABBITMQ_MNESIA_BASE: 'DIR/mnesia', RABBITMQ_LOG_BASE: 'DIR/log',
      RABBITMQ_CONFIG_FILE: 'DIR/rabbitmq.conf', RABBITMQ_ENABLED_PLUGINS_FILE: 'DIR/plugins', RABBITMQ_PID_FILE: 'DIR/pid'
    })
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
})
