import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forward } from '@weirlb/sdk'
import { bothRuntimes, drive, everySplit, hex } from '@weirlb/testing'

// 356307042441013 after its length, and the start of a packet of positions.
const login = hex`000f 333536333037303432343431303133`
const packet = hex`00000000 00000036 08 01`

for (const { runtime, protocol } of await bothRuntimes(new URL('../src/index.ts', import.meta.url))) {
  test(`the IMEI selects the server, then it tunnels (${runtime})`, () => {
    const t = everySplit(protocol, Uint8Array.from([...login, ...packet]))
    assert.deepEqual(t.verdicts, [forward({ token: '356307042441013', session: '356307042441013', then: 'tunnel' })])
    assert.deepEqual(t.fields, { 'tracker.imei': '356307042441013' })
    assert.equal(t.crossings, 1)
  })

  test(`an invalid IMEI is answered with 00 (${runtime})`, () => {
    const t = everySplit(protocol, hex`0003 414243`)
    assert.equal(t.closed, 'rejected')
    assert.deepEqual(t.returned, hex`00`)
  })

  test(`the goodbye is 00, unless a server has answered (${runtime})`, () => {
    const { goodbyes } = drive(protocol, login, { goodbyes: ['no-service'] })
    assert.deepEqual(goodbyes, { 'no-service': hex`00` })
    assert.deepEqual(drive(protocol, [login, { server: hex`01` }], { goodbyes: ['draining'] }).goodbyes, { draining: undefined })
  })
}
