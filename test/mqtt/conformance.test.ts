// Some six thousand packets, most of them wrong, directly to a broker and through Weir in both modes: what comes back
// is the same, but for what is listed here.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corpus, type Sequence } from '../../extensions/mqtt/test/corpus.ts'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { Mosquitto } from '../support/mosquitto.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { directly, through, type Outcome } from '../support/mqtt-outcomes.ts'

const all = (outcome: Outcome): string => outcome.received.join('') + outcome.last

/** What is known to differ, with the reasons; extensions/mqtt/README.md has the same list. */
const known: readonly {
  readonly why: string
  readonly is: (sequence: Sequence, direct: Outcome, through: Outcome) => boolean
}[] = [
  {
    why:
      'a malformed CONNECT of MQTT 5 is answered with CONNACK 0x81, which is optional (§4.13.1): mosquitto closes without a word',
    is: ({ level, name, connected }, direct, through) =>
      (level === 5 || name === '4 CONNECT, level 5') && !connected && all(direct) === '' &&
      all(through) === '2003008100'
  },
  {
    why: 'a level above 5 is answered with the CONNACK of MQTT 5 (§3.1.2.2), by mosquitto 2.0 with that of 3.1.1',
    is: ({ name }, direct, through) =>
      /CONNECT, level (6|7|9|127|134|255)$/.test(name) && all(direct) === '20020001' && all(through) === '2003008400'
  },
  {
    why: 'a CONNECT of MQTT 3.1 that ends within a length is refused: mosquitto 2.0 takes it and drops the client',
    is: ({ name }, direct, through) =>
      /^3 CONNECT, \d+ of \d+ bytes$/.test(name) && all(direct) === '20020000' && direct.end === 'closed' &&
      all(through) === ''
  }
]

describeWithMosquitto('a corpus of packets', mosquitto => {
  const sequences = corpus()
  let direct: Outcome[]
  beforeAll(async () => {
    const broker = await Mosquitto.start(mosquitto, 'alone')
    direct = await directly(broker.port, sequences)
    await broker.kill()
  })

  test('has what a broker takes and what it refuses', () => {
    expect(new Set(sequences.map(({ name }) => name)).size).toBe(sequences.length)
    expect(direct.filter(({ end }) => end === 'open').length).toBeGreaterThan(1000)
    expect(direct.filter(({ end }) => end === 'closed').length).toBeGreaterThan(3000)
  })

  describe.each([['connect', {}], ['messages', { inspect: 'messages' }]])('inspect: %s', (_, params) => {
    let farm: MqttFarm
    beforeAll(async () => { farm = await MqttFarm.start(mosquitto, { workers: 1, brokers: 1, params }) })
    afterAll(async () => { await farm.stop() })

    test('comes back as from the broker alone', async () => {
      const got = await through(farm.port, farm.brokers[0]!.port, sequences, direct)
      const different = sequences.flatMap((sequence, i) => {
        const [alone, here] = [direct[i]!, got[i]!]
        if (all(alone) === all(here) && alone.end === here.end) return []
        if (alone.end === here.end && known.some(({ is }) => is(sequence, alone, here))) return []
        return [{
          name: sequence.name,
          packets: sequence.packets.map(packet => Buffer.from(packet.subarray(0, 64)).toString('hex')),
          alone,
          here
        }]
      })
      expect(different).toEqual([])
    })
  })
})
