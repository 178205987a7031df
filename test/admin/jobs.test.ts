import { beforeEach, expect, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { FakeWeir, job } from './fake-weir.ts'

let api: ApiClient
beforeEach(async () => {
  const weir = new FakeWeir()
  await weir.config.replace({ services: [{ name: 's', address: '127.0.0.1', port: 1 }] })
  api = await ApiClient.over({ weir })
})

test('a drain is a job that can be followed and controlled', async () => {
  const begun = await api.call('POST', '/v1/services/s/drain', {
    body: { ratePerSecond: 200, deadlineSeconds: 60, order: 'random' }
  })
  expect(begun).toMatchObject({ status: 202, body: job, headers: { location: '/v1/jobs/drain-1' } })
  expect((await api.call('GET', '/v1/services/s')).body.state).toBe('draining')
  expect((await api.call('POST', '/v1/services/s/drain')).status).toBe(202)
  expect((await api.call('GET', '/v1/jobs')).body).toEqual({ items: [job] })
  expect((await api.call('GET', '/v1/jobs/drain-1')).body).toEqual(job)
  expect(await api.call('POST', '/v1/jobs/drain-1/pause')).toMatchObject({ status: 200, body: { state: 'paused' } })
  expect(await api.call('POST', '/v1/jobs/drain-1/resume')).toMatchObject({ status: 200, body: { state: 'running' } })
  expect((await api.call('POST', '/v1/jobs/drain-1/cancel')).body).toMatchObject({ status: 409, code: 'job-ended' })
})

test.each<[unknown, string, string]>([
  [{ ratePerSecond: 0 }, 'ratePerSecond', 'must be at least 0.01; got 0'],
  [{ ratePerSecond: 'fast' }, 'ratePerSecond', 'expected number, got "fast"'],
  [{ deadlineSeconds: -1 }, 'deadlineSeconds', 'must be at least 0.1; got -1'],
  [{ order: 'newest-first' }, 'order', 'expected one of idle-first, oldest-first, random; got "newest-first"'],
  [{ rate: 1 }, '', "unknown field 'rate'"],
  [[], '', 'expected object'],
  [null, '', 'expected object']
])('a drain with %j is refused', async (body, path, message) => {
  expect((await api.call('POST', '/v1/services/s/drain', { body })).body).toMatchObject({
    status: 400,
    code: 'body-invalid',
    issues: [{ path, message: expect.stringContaining(message) as string }]
  })
  expect((await api.call('GET', '/v1/services/s')).body.state).toBe('enabled')
})

test('a job that is not there is not found, and neither is an action that no job has', async () => {
  expect((await api.call('GET', '/v1/jobs/drain-7')).body).toMatchObject({ status: 404, code: 'not-found', detail: "no job 'drain-7'; there are: drain-1" })
  for (const action of ['pause', 'resume', 'cancel']) expect((await api.call('POST', `/v1/jobs/drain-7/${action}`)).body).toMatchObject({ status: 404, code: 'not-found' })
  expect((await api.call('POST', '/v1/jobs/drain-1/stop')).body.detail).toContain('there are: pause, resume, cancel')
  expect((await api.call('POST', '/v1/services/nobody/drain')).status).toBe(404)
})

test('a service is disabled at once, or later', async () => {
  expect(await api.call('POST', '/v1/services/s/disable')).toMatchObject({
    status: 200,
    body: { name: 's', state: 'disabled' }
  })
  expect((await api.call('POST', '/v1/services/s/disable', { headers: { 'if-match': '"old"' } })).status).toBe(412)
  expect((await api.call('POST', '/v1/services/s/disable', { body: { delaySeconds: 60, graceful: true } })).status)
    .toBe(200)
  for (const body of [{ delaySeconds: -1 }, { delaySeconds: 0 }, { graceful: 1 }, { delay: 1 }]) {
    expect((await api.call('POST', '/v1/services/s/disable', { body })).body).toMatchObject({
      status: 400,
      code: 'body-invalid'
    })
  }
  expect((await api.call('POST', '/v1/services/nobody/disable')).status).toBe(404)
})

test('a rebalance is a job', async () => {
  await api.call('POST', '/v1/lb-vservers', { body: { name: 'lb' } })
  expect(await api.call('POST', '/v1/lb-vservers/lb/rebalance', { body: { ratePerSecond: 5 } })).toMatchObject({ status: 202, body: { kind: 'rebalance', lbVserver: 'lb' }, headers: { location: '/v1/jobs/drain-1' } })
  for (const body of [undefined, {}, { ratePerSecond: 0 }, { ratePerSecond: 1, order: 'any' }, { ratePerSecond: 1, deadlineSeconds: 1 }]) {
    expect((await api.call('POST', '/v1/lb-vservers/lb/rebalance', { body })).body).toMatchObject({ status: 400, code: 'body-invalid' })
  }
  expect((await api.call('POST', '/v1/lb-vservers/nobody/rebalance', { body: { ratePerSecond: 5 } })).status).toBe(404)
})
