// ejabberd behind Weir: its WebSockets name every sub-protocol that was offered, as RabbitMQ's do.
import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'vitest'
import { runProgram } from '../support/balancer-program.ts'
import { describeWithEjabberd } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { namesOne } from '../support/subprotocols.ts'

/** Where Debian puts its modules. */
const libraries = (): string => dirname(globSync('/usr/lib/*/ejabberd-*')[0]!)

const settings = (port: number): string => `
hosts: [localhost]
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers: { "/mqtt": mod_mqtt }
auth_method: [anonymous]
anonymous_protocol: both
modules:
  mod_mqtt:
    access_publish: { "#": [{ allow: all }] }
    access_subscribe: { "#": [{ allow: all }] }
`

describeWithEjabberd('ejabberd', erl => {
  test('is offered one sub-protocol and names one to clients, though it names every one that it was offered', async () => {
    const port = await freePort()
    // Without its own script, which wants a user of its own and a daemon beside it.
    await runProgram(
      erl,
      ['-noinput', '-start_epmd', 'false', '-mnesia', 'dir', '"DIR/spool"', '-s', 'ejabberd'],
      { 'ejabberd.yml': settings(port) },
      { port },
      {
        EJABBERD_CONFIG_PATH: 'DIR/ejabberd.yml',
        EJABBERD_LOG_PATH: 'DIR/ejabberd.log',
        ERL_LIBS: libraries()
      }
    )
    await namesOne(port, '/mqtt', { username: 'anybody', password: 'anything' })
  })
})
