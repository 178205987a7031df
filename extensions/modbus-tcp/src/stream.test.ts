import { describe, expect, test } from 'vitest'
import { bothRuntimes, drive, everySplit, hex } from '@weirlb/testing'
import modbus from './index.ts'

// Requests and answers of MODBUS Application Protocol V1.1b3 §6, behind MBAP headers.
const readHolding = hex`0001 0000 0006 11 03 006b 0003`
const holding = hex`0001 0000 0009 11 03 06 022b 0000 0064`
const readCoils = hex`0002 0000 0006 12 01 0013 0013`
const coils = hex`0002 0000 0006 12 01 03 cd6b05`
const writeCoil = hex`0003 0000 0006 11 05 00ac ff00`
const exception = hex`0001 0000 0003 11 83 02`

test('requests go by their unit, answers come back', () => {
  const t = everySplit(modbus, [readHolding, readCoils, writeCoil, { server: holding }, { server: coils }, { server: writeCoil }])
  expect(t.verdicts.slice(0, 3)).toEqual(['17', '18', '17'].map((key, i) => ({ op: 'forward', token: key, session: key, match: `${i + 1}/${key}/${[3, 1, 5][i]}` })))
  expect(t.forwarded).toEqual(hex`${readHolding} ${readCoils} ${writeCoil}`)
  expect(t.returned).toEqual(hex`${holding} ${coils} ${writeCoil}`)
  expect(t.counters).toEqual({ requests: 3 })
})

test('requests in one read cost one crossing, and so do their answers', () => {
  expect(
    drive(modbus, [hex`${readHolding} ${readCoils} ${writeCoil}`, { server: hex`${holding} ${coils} ${writeCoil}` }])
      .crossings
  ).toBe(2)
})

test('exceptions are counted', () => {
  expect(drive(modbus, [readHolding, { server: exception }])).toMatchObject({
    returned: exception,
    counters: { requests: 1, exceptions: 1 }
  })
})

test('readOnly refuses writes at once', () => {
  const t = everySplit(modbus, [readHolding, writeCoil, readCoils, { server: holding }, { server: coils }], {
    params: { readOnly: true }
  })
  expect(t.forwarded).toEqual(hex`${readHolding} ${readCoils}`)
  expect(t.returned).toEqual(hex`0003 0000 0003 11 85 01 ${holding} ${coils}`)
  expect(t.counters).toEqual({ requests: 3, refused: 1 })
})

test.each([
  ['another transaction', hex`0009 0000 0009 11 03 06 022b 0000 0064`],
  ['another unit', hex`0001 0000 0009 12 03 06 022b 0000 0064`],
  ['another function', hex`0001 0000 0009 11 04 06 022b 0000 0064`],
  ['another protocol', hex`0001 0001 0009 11 03 06 022b 0000 0064`],
  ['no function code', hex`0001 0000 0001 11`]
])('an answer to nothing ends nothing but itself: %s', (_, bad) => {
  const t = everySplit(modbus, [readHolding, readCoils, { server: bad }, { server: coils }, { server: holding }])
  expect(t).toMatchObject({
    returned: hex`${coils} ${holding}`,
    closed: undefined,
    counters: { requests: 2, badAnswers: 1 }
  })
})

test('the second answer to a request is dropped; where a client asks twice under one name, both are passed on', () => {
  expect(drive(modbus, [readHolding, { server: hex`${holding} ${holding}` }])).toMatchObject({
    returned: holding,
    closed: undefined,
    counters: { badAnswers: 1 }
  })
  expect(drive(modbus, [readHolding, readHolding, { server: hex`${holding} ${holding}` }]).returned).toEqual(
    hex`${holding} ${holding}`
  )
})

test('a broadcast is answered by nobody, and passed on from a device that answers all the same', () => {
  const broadcast = hex`0007 0000 0006 00 05 00ac ff00`
  const t = drive(modbus, [broadcast, { server: broadcast }], { goodbyes: ['service-down'] })
  expect(t).toMatchObject({
    verdicts: [{ op: 'forward', token: '0', session: '0' }, { op: 'forward' }],
    returned: broadcast,
    goodbyes: { 'service-down': undefined }
  })
})

test.each([
  ['another protocol', hex`0001 0001 0006 11 03 006b 0003`],
  ['no function code', hex`0001 0000 0001 11`],
  ['nothing at all', hex`0001 0000 0000`],
  ['more than a PDU can be', hex`0001 0000 0100 11 03`]
])('refused at every split: %s', (_, bytes) => {
  expect(everySplit(modbus, bytes)).toMatchObject({ closed: 'protocol-error', forwarded: hex`` })
})

test('last words answer what is outstanding', () => {
  const { goodbyes } = drive(modbus, [readHolding, readCoils], { goodbyes: ['no-service', 'service-down', 'shutdown'] })
  expect(goodbyes).toEqual({
    'no-service': hex`0001 0000 0003 11 83 0a  0002 0000 0003 12 81 0a`,
    'service-down': hex`0001 0000 0003 11 83 0b  0002 0000 0003 12 81 0b`,
    shutdown: hex`0001 0000 0003 11 83 06  0002 0000 0003 12 81 06`
  })
  expect(drive(modbus, [readHolding, { server: holding }], { goodbyes: ['shutdown'] }).goodbyes).toEqual({
    shutdown: undefined
  })
})

test('a gateway may answer in another order; no answer is taken for that of another request', () => {
  const t = everySplit(modbus, [readHolding, readCoils, writeCoil, { server: writeCoil }, { server: coils }, { server: holding }], { goodbyes: ['shutdown'] })
  expect(t).toMatchObject({ returned: hex`${writeCoil} ${coils} ${holding}`, closed: undefined, goodbyes: { shutdown: undefined } })
})

test('a number that is used again is not told the answer of before', () => {
  const again = hex`0002 0000 0006 13 01 0013 0013`
  const { goodbyes } = drive(modbus, [readHolding, readCoils, { server: coils }, again], { goodbyes: ['service-down'] })
  expect(goodbyes['service-down']).toEqual(hex`0001 0000 0003 11 83 0b  0002 0000 0003 13 81 0b`)
})

describe('in both runtimes', async () => {
  for (const { runtime, protocol } of await bothRuntimes(new URL('./index.ts', import.meta.url))) {
    test(`a request and its answer (${runtime})`, () => {
      expect(everySplit(protocol, [readHolding, { server: holding }])).toMatchObject({
        forwarded: readHolding,
        returned: holding,
        closed: undefined
      })
    })
  }
})
