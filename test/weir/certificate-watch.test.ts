import { X509Certificate } from 'node:crypto'
import type { WeirEvent } from '@weirlb/model'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { CertificateWatch } from '../../packages/weir/src/jobs/certificate-watch.ts'
import { Events } from '../../packages/weir/src/events.ts'

const day = 86_400_000
const log = { debug () {}, info () {}, warn () {}, error () {} }

test('a certificate is told of when it is applied and at each day that counts, once', async () => {
  const { cert } = await certificateFor('weir.example')
  const end = new X509Certificate(cert).validToDate.getTime()
  let now = end - 100 * day
  const events = new Events(log)
  const told: WeirEvent[] = []
  events.on('certificate-expiring', event => { told.push(event) })
  const watch = new CertificateWatch(events, log, () => now)
  watch.apply([{ name: 'c', cert }, { name: 'authorities', ca: cert }, { name: 'broken', cert: 'PEM' }])
  expect(told).toEqual([])

  const days: (number | string)[] = []
  for (let left = 40; left >= -3; left -= 0.5) {
    now = end - left * day
    watch.look()
    days.push(...told.splice(0).map(event => (event as WeirEvent<'certificate-expiring'>).daysLeft))
  }
  expect(days).toEqual([30, 14, 7, 3, 1, 0])

  // The same again says nothing; another certificate of the name does.
  watch.apply([{ name: 'c', cert }])
  expect(told).toEqual([])
  const other = (await certificateFor('weir.example')).cert
  watch.apply([{ name: 'c', cert: other }])
  expect(told).toEqual([{
    type: 'certificate-expiring',
    time: expect.any(Number) as number,
    certkey: 'c',
    notAfter: new X509Certificate(other).validToDate.toISOString(),
    daysLeft: -3
  }])
  watch.stop()
})
