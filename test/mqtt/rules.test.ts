// Rules in front of a real broker: what clients hear of them, on which messages they act, and what is counted.
import { generate, type Packet } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { RuleInput } from '@weirlb/admin/client'
import { until } from '@weirlb/testing'
import { EventReader } from '../support/event-reader.ts'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

describeWithMosquitto('rules', mosquitto => {
  let farm: MqttFarm
  let clients: MqttSocket[] = []
  beforeAll(async () => { farm = await MqttFarm.start(mosquitto, { workers: 2, brokers: 1 }) })
  afterAll(async () => { await farm.stop() })
  afterEach(async () => {
    for (const client of clients) client.destroy()
    clients = []
    for (const { name } of (await farm.weir.api.call('listRules')).body.items) await farm.weir.api.call(
      'deleteRule', { path: { name } }
    )
  })

  const rule = async (name: string, expression: string, more: Partial<RuleInput> = {}): Promise<void> => {
    await farm.weir.api.call('createRule', { body: { name, expression, action: 'block', ...more } })
  }
  const matched = async (name: string): Promise<number> => (
    await farm.weir.api.call('getStats')
  ).body.rules[name]?.matched ?? 0
  const connecting = async (version: 4 | 5, clientId = 'dev-1', username?: string): Promise<MqttSocket> => {
    const client = new MqttSocket(farm.port, version)
    clients.push(client)
    await client.send(generate({
      cmd: 'connect', protocolId: 'MQTT', protocolVersion: version, clientId, clean: true, keepalive: 60,
      ...username === undefined ? {} : { username }
    }))
    return client
  }
  const join = async (version: 4 | 5, clientId?: string): Promise<MqttSocket> => {
    const client = await connecting(version, clientId)
    await client.packet('connack')
    return client
  }
  const publish = (version: 4 | 5, topic: string, qos: 0 | 1 | 2 = 0, messageId = 7): Buffer =>
    generate(
      { cmd: 'publish', topic, payload: 'x', qos, retain: false, dup: false, ...qos === 0 ? {} : { messageId } },
      { protocolVersion: version }
    )

  /** Its broker serves it: a later message of it comes back. */
  const isServed = async (client: MqttSocket, version: 4 | 5): Promise<void> => {
    const before = client.packets.filter(({ cmd }) => cmd === 'pingresp').length
    await client.send(generate({ cmd: 'pingreq' }, { protocolVersion: version }))
    await until(
      () => client.packets.filter(({ cmd }) => cmd === 'pingresp').length > before || (
        client.closed && Promise.reject(new Error('closed'))
      ),
      'a PINGRESP'
    )
  }

  /** A client that has published to these topics, and is served. */
  const publishes = async (...topics: readonly string[]): Promise<MqttSocket> => {
    const client = await join(5)
    for (const topic of topics) await client.send(publish(5, topic))
    await isServed(client, 5)
    return client
  }

  test('block a client by its CONNECT, in the words of its version', async () => {
    await rule('no-bots', 'mqtt.connect.client_id contains "bot" or mqtt.connect.username eq "guest"')
    const old = await connecting(4, 'bot-1')
    expect(await old.packet('connack')).toMatchObject({ returnCode: 5 })
    await old.isClosed()
    const newer = await connecting(5, 'dev-2', 'guest')
    expect(await newer.packet('connack')).toMatchObject({ reasonCode: 0x87 })
    await newer.isClosed()
    await isServed(await join(5, 'dev-3'), 5)
    await until(async () => await farm.closed('rule') === 2, 'both ends to be counted')
    expect(await matched('no-bots')).toBe(2)
    // A user name that only rules want is nobody else's.
    expect(farm.weir.log.filter(line => JSON.stringify(line).includes('guest'))).toEqual([])
  })

  test('see names as long as they are', async () => {
    await rule(
      'no-bots',
      'mqtt.connect.client_id contains "bot" or ends_with(mqtt.connect.username, "guest") or ' +
      'ends_with(mqtt.connect.will.topic, "/alarm")'
    )
    const long = 'x'.repeat(5000)
    expect(await (await connecting(5, `${long}bot`)).packet('connack')).toMatchObject({ reasonCode: 0x87 })
    expect(await (await connecting(5, 'dev-1', `${long}guest`)).packet('connack')).toMatchObject({ reasonCode: 0x87 })
    const client = new MqttSocket(farm.port, 5)
    clients.push(client)
    await client.send(generate({
      cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId: 'dev-2', clean: true, keepalive: 60,
      will: { topic: `${long}/alarm`, payload: Buffer.from('x'), qos: 0, retain: false }
    }))
    expect(await client.packet('connack')).toMatchObject({ reasonCode: 0x87 })
    expect(farm.weir.log.filter(line => JSON.stringify(line).includes(`${long}bot`))).toEqual([])
  })

  test.each([4, 5] as const)('block single messages of an open connection of MQTT %d', async version => {
    await rule('no-sys', 'mqtt.type eq "PUBLISH" and starts_with(mqtt.publish.topic, "$SYS/")')
    await rule('no-root', 'any(mqtt.subscribe.topic[*] eq "#")')
    const client = await join(version)
    const answers = (cmd: Packet['cmd']): Packet[] => client.packets.filter(packet => packet.cmd === cmd)
    await client.send(Buffer.concat([
      publish(version, '$SYS/a', 1, 1), publish(version, 'a', 1, 2), publish(version, '$SYS/b', 0)
    ]))
    await until(() => answers('puback').length === 2, 'both acknowledgements')
    const [refused, taken] = [1, 2].map(messageId => answers('puback').find(packet => packet.messageId === messageId))
    if (version === 5) expect(refused).toMatchObject({ reasonCode: 0x87 })
    // 0x10: the broker has no subscriber.
    if (version === 5) expect((taken as { reasonCode?: number }).reasonCode ?? 0).not.toBe(0x87)
    await client.send(generate(
      { cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: '#', qos: 0 }, { topic: 'b', qos: 0 }] },
      { protocolVersion: version }
    ))
    expect(await client.packet('suback')).toMatchObject({ granted: version === 5 ? [0x87, 0x87] : [0x80, 0x80] })
    await isServed(client, version)
    expect(await matched('no-sys')).toBe(2)
    expect(await matched('no-root')).toBe(1)
  })

  test('end a connection where the protocol has no refusal of the message alone', async () => {
    await rule('no-ping', 'mqtt.type eq "PINGREQ"')
    const client = await join(5)
    await client.send(generate({ cmd: 'pingreq' }, { protocolVersion: 5 }))
    expect(await client.packet('disconnect')).toMatchObject({ reasonCode: 0x98 })
    await client.isClosed()
    const old = await join(4)
    await old.send(generate({ cmd: 'pingreq' }, { protocolVersion: 4 }))
    await old.isClosed()
  })

  test('see the topic behind an alias', async () => {
    await rule('no-secret', 'mqtt.publish.topic eq "secret"')
    const client = await join(5)
    const aliased = (topic: string): Buffer => generate(
      { cmd: 'publish', topic, payload: 'x', qos: 0, retain: false, dup: false, properties: { topicAlias: 1 } },
      { protocolVersion: 5 }
    )
    await client.send(aliased('plain'))
    await client.send(aliased(''))
    await isServed(client, 5)
    // The broker would know the alias for the topic: the packet cannot just be left out.
    await client.send(aliased('secret'))
    await client.isClosed()
    expect(await matched('no-secret')).toBe(1)
  })

  test('look at a message by its own fields, and at those of its connection', async () => {
    await rule('a', 'mqtt.publish.topic eq "a"', { action: 'log' })
    await rule('dev', 'mqtt.connect.client_id eq "dev-1" and mqtt.type eq "PINGREQ"', { action: 'log' })
    await isServed(await publishes('a', 'a'), 5)
    expect(await matched('a')).toBe(2)
    expect(await matched('dev')).toBe(2)
  })

  test('simulate, leave out with skip, and look by priority', async () => {
    await rule('would', 'mqtt.publish.topic eq "a"', { state: 'simulated' })
    await rule('not-these', 'mqtt.publish.topic eq "b"', { action: 'skip', priority: 1 })
    await rule('b', 'mqtt.publish.topic eq "b"', { priority: 2 })
    await rule('draft', 'mqtt.publish.tpic eq "a"', { state: 'draft' })
    await rule('off', 'mqtt.type eq "PINGREQ"', { state: 'disabled' })
    await publishes('a', 'b')
    const { rules } = (await farm.weir.api.call('getStats')).body
    expect(rules).toMatchObject({
      would: { matched: 1, blocked: 0 }, 'not-these': { matched: 1 }, b: { matched: 0 }, off: { matched: 0 }
    })
  })

  test('are taken up by connections that there are', async () => {
    await rule('seen', 'mqtt.type eq "PINGREQ"', { action: 'log' })
    const client = await join(5)
    await isServed(client, 5)
    await rule('later', 'mqtt.publish.topic eq "a"')
    await client.send(publish(5, 'a', 1))
    expect(await client.packet('puback')).toMatchObject({ reasonCode: 0x87 })
    await farm.weir.api.call('deleteRule', { path: { name: 'later' } })
    await client.send(publish(5, 'a', 1, 8))
    await until(
      () => client.packets.some(packet => packet.cmd === 'puback' && packet.messageId === 8),
      'the second acknowledgement'
    )
    expect(
      client.packets.find(packet => packet.cmd === 'puback' && packet.messageId === 8)
    ).not.toMatchObject({ reasonCode: 0x87 })
  })

  test('block at connect, before anything is read, exactly counted over workers', async () => {
    await rule('nobody', 'ip.src in {127.0.0.0/8}')
    for (let n = 0; n < 20; n++) clients.push(new MqttSocket(farm.port))
    await until(() => clients.every(client => client.closed), 'all to be closed')
    await until(async () => await matched('nobody') === 20, 'all to be counted')
    expect(clients.every(client => client.received.length === 0)).toBe(true)
  })

  test('end clients whose packets a rule could not read', async () => {
    await rule('no-secret', 'mqtt.publish.topic eq "secret"')
    const client = await join(5)
    // A topic that is no UTF-8, which some brokers take.
    await client.send(Buffer.from('3005000273fe78', 'hex'))
    await client.isClosed()
  })

  test('look at payloads, user properties, filters and flags', async () => {
    await rule('payload', 'mqtt.publish.message contains "DROP TABLE" or mqtt.user_properties["site"][0] eq "dark" or any(mqtt.unsubscribe.topic[*] eq "kept")')
    await rule('password', 'mqtt.connect.flags.password and not mqtt.connect.flags.username')
    const client = await join(5)
    const packet = (packet: object): Buffer => generate(packet as Packet, { protocolVersion: 5 })
    const sends = async (messageId: number, payload: string, more: object = {}): Promise<number> => {
      await client.send(
        packet({ cmd: 'publish', topic: 'a', payload, qos: 1, retain: false, dup: false, messageId, ...more })
      )
      await until(() => client.packets.some(each => each.cmd === 'puback' && each.messageId === messageId), 'a PUBACK')
      return (client.packets.find(each => each.cmd === 'puback' && each.messageId === messageId) as {
        reasonCode?: number
      }).reasonCode ?? 0
    }
    // No subscriber: 0x10 is no refusal.
    expect(await sends(1, 'harmless')).not.toBe(0x87)
    expect(await sends(2, '1; DROP TABLE users')).toBe(0x87)
    expect(await sends(3, `${'x'.repeat(8000)}DROP TABLE users`)).toBe(0x87)
    expect(await sends(4, 'x', { properties: { userProperties: { Site: ['dark', 'light'] } } })).toBe(0x87)
    expect(await sends(5, 'x', { properties: { userProperties: { site: 'light', Sites: 'dark' } } })).not.toBe(0x87)
    await client.send(packet({ cmd: 'unsubscribe', messageId: 6, unsubscriptions: ['other', 'kept'] }))
    expect(await client.packet('unsuback')).toMatchObject({ messageId: 6, granted: [0x87, 0x87] })
    // What hides a payload from rules ends the connection.
    await client.send(
      packet({
        cmd: 'publish',
        topic: 'a',
        payload: 'DROP TABLE',
        qos: 0,
        retain: false,
        dup: false,
        properties: { userProperties: { pad: 'x'.repeat(1100) } }
      })
    )
    await client.isClosed()
    const other = new MqttSocket(farm.port, 5)
    clients.push(other)
    // A CONNECT with a password alone, which MQTT 5 allows (§3.1.2.9) and mqtt-packet does not write.
    await other.send(
      Buffer.concat([
        Buffer.of(0x10, 22, 0, 4),
        Buffer.from('MQTT'),
        Buffer.of(5, 0x42, 0, 60, 0, 0, 1),
        Buffer.from('p'),
        Buffer.of(0, 6),
        Buffer.from('secret')
      ])
    )
    expect(await other.packet('connack')).toMatchObject({ reasonCode: 0x87 })
    const events = (await farm.weir.api.call('listSecurityEvents', { query: { kind: 'rule' } })).body.items
    const shown = events.flatMap(({ name, fields }) => name === 'payload' ? [fields?.['mqtt.publish.message']] : [])
      .filter(value => value !== undefined)
    expect(shown).toEqual(['(hidden)', '(hidden)', '(hidden)'])
    expect(JSON.stringify(events)).not.toContain('DROP TABLE')
  })

  test('look at wills, and at the reason codes of clients and of servers', async () => {
    await rule('will', 'mqtt.connect.will.message contains "secret" or mqtt.connect.will.topic eq "never"', {
      action: 'log'
    })
    await rule('left', 'mqtt.type eq "DISCONNECT" and mqtt.reason_code eq 4', { action: 'log' })
    await rule('plain', 'mqtt.type eq "DISCONNECT" and mqtt.reason_code eq 0', { action: 'log' })
    await rule('accepted', 'mqtt.type eq "CONNACK" and mqtt.reason_code eq 0', { action: 'log', phase: 'reply' })
    for (const [clientId, last] of [['one', [0xe0, 2, 4, 0]], ['two', [0xe0, 0]]] as const) {
      const client = new MqttSocket(farm.port, 5)
      clients.push(client)
      await client.send(
        generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 5,
          clientId,
          clean: true,
          keepalive: 60,
          will: { topic: 'w', payload: Buffer.from(`a secret of ${clientId}`), qos: 0, retain: false }
        })
      )
      await client.packet('connack')
      await client.send(Buffer.from(last))
      await client.isClosed()
    }
    await until(async () => await matched('plain') === 1, 'the end of the second')
    expect([await matched('will'), await matched('left'), await matched('accepted')]).toEqual([2, 1, 2])
    expect(JSON.stringify((await farm.weir.api.call('listSecurityEvents', { query: { name: 'will' } })).body)).not
      .toContain('a secret')
  })

  test('know the topic aliases that a client had set before the first rule came', async () => {
    await farm.weir.api.call('patchUserVserver', { path: { name: 'mqtt' }, body: { params: { inspect: 'messages' } } })
    try {
      const client = await join(5, 'aliased')
      await client.send(
        generate({
          cmd: 'publish',
          topic: 'secret',
          payload: 'x',
          qos: 0,
          retain: false,
          dup: false,
          properties: { topicAlias: 3 }
        }, { protocolVersion: 5 })
      )
      await isServed(client, 5)
      await rule('later', 'mqtt.publish.topic eq "secret"')
      await client.send(
        generate({
          cmd: 'publish',
          topic: '',
          payload: 'x',
          qos: 1,
          messageId: 9,
          retain: false,
          dup: false,
          properties: { topicAlias: 3 }
        }, { protocolVersion: 5 })
      )
      expect(await client.packet('puback')).toMatchObject({ messageId: 9, reasonCode: 0x87 })
      await isServed(client, 5)
    } finally {
      await farm.weir.api.call('patchUserVserver', { path: { name: 'mqtt' }, body: { params: {} } })
    }
  })

  test('report a part of what they decide, over all workers, and count all of it', async () => {
    const { api } = farm.weir
    const reader = await EventReader.open(`${api.base}/v1/security/events?kind=rule`, { accept: 'text/event-stream' })
    await rule('told', 'mqtt.publish.topic in {"told/a" "told/b"}', { action: 'log' })
    await rule('guest', 'mqtt.connect.username eq "guest"', { action: 'log' })
    const client = await join(5, 'dev-9')
    for (let n = 0; n < 100; n++) await client.send(publish(5, n < 98 ? 'told/a' : 'told/b'))
    await connecting(5, 'dev-10', 'guest')
    await isServed(client, 5)
    await until(async () => await matched('told') === 100, 'every decision to be counted')
    await until(() => reader.of('security').some(({ name }) => name === 'guest'), 'the last event')
    const events = reader.of('security').filter(({ name }) => name === 'told')
    const [guest] = reader.of('security').filter(({ name }) => name === 'guest')
    expect(events.length).toBeLessThan(100)
    expect(events[0]).toMatchObject({
      kind: 'rule',
      name: 'told',
      action: 'log',
      phase: 'message',
      userVserver: 'mqtt',
      simulated: false,
      address: '127.0.0.1',
      clientId: 'dev-9',
      topic: 'told/a',
      weight: 1,
      fields: { 'mqtt.publish.topic': 'told/a' }
    })
    expect(guest).toMatchObject({
      clientId: 'dev-10',
      phase: 'first-message',
      fields: { 'mqtt.connect.username': '(hidden)' }
    })
    const found = (await api.call('listSecurityEvents', { query: { clientId: 'dev-10', name: 'guest' } })).body
    expect(found.items).toMatchObject([{ id: guest.id as string }])
    const { items, decisions } = (await api.call('getSecurityTop', { query: { by: 'topic', effect: 'observed' } })).body
    expect(items.filter(({ value }) => value.startsWith('told/'))).toEqual([{ value: 'told/a', count: 98, error: 0 }, { value: 'told/b', count: 2, error: 0 }])
    expect(decisions).toBeGreaterThanOrEqual(100)
    const metrics = await (await fetch(`${api.base}/metrics`)).text()
    expect(metrics).toContain('weir_control_decisions_total{control="rule/told"} 100')
    // What the log has of a decision leads to its event.
    await until(() => farm.weir.log.some(line => line['decision'] === found.items[0]!.id), 'its line')
    reader.close()
  })
})
