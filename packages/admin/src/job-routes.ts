import { describeChoices, disableInput, drainInput, rebalanceInput, WeirError, type Job } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import { answer, bodyErrors, changeErrors, requireBody } from './collection-routes.ts'
import { parseBody } from './request-input.ts'
import { route, type Answer, type Route } from './route.ts'

const tag = 'Jobs'

/** What can be done to a job; each is a method of the library. */
const actions = {
  pause: {
    summary: 'Pause a job',
    description:
      'It tells nobody until it is resumed; a deadline that passes meanwhile takes effect then. Takes no body.',
    run: (weir, id) => weir.jobs.pause(id)
  },
  resume: { summary: 'Resume a paused job', description: 'Takes no body.', run: (weir, id) => weir.jobs.resume(id) },
  cancel: {
    summary: 'Cancel a job',
    description:
      'Clients that were told have gone; the others stay. A service keeps its state: `enable` lets it take clients again. Takes no body.',
    run: (weir, id) => weir.jobs.cancel(id)
  }
} as const satisfies Record<
  string,
  { summary: string, description: string, run: (weir: Weir, id: string) => Promise<Job> }
>

const begun = (base: string, job: Job): Answer => ({ status: 202, location: `${base}/v1/jobs/${job.id}`, body: job })
const beginning = { 202: { doc: 'The job, which has begun.', schema: 'Job', location: true } } as const

/** Work that takes its time: how it is begun, and what becomes of it. */
export const jobRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/services/:name/drain',
    operationId: 'drainService',
    role: 'operate',
    tag: 'Services',
    summary: 'Drain a service',
    description: 'Sets `state` to `draining`: no new clients, also no pinned ones. Then a job tells those that there are to go, in the way that brings them back: ' +
      'with the goodbye of their protocol or by a plain close, after the messages under way, each once, and evenly spread. It is `done` when no client is left. ' +
      'The state stays `draining`. Without a body nobody is told, and the job waits until they have left by themselves.',
    body: { schema: 'DrainInput', mediaTypes: ['application/json'], optional: true },
    ifMatch: true,
    answers: beginning,
    errors: [...changeErrors, ...bodyErrors, 'probe-absent', 'not-found', 'job-running', 'precondition-failed'],
    write: { collection: 'services', action: 'drain' },
    handle: async ({ weir, base, params, body, ifMatch }) =>
      begun(
        base,
        await weir.services.drain(params['name']!, parseBody(drainInput, body === undefined ? {} : body), { ifMatch })
      )
  }),
  route({
    method: 'POST',
    path: '/services/:name/disable',
    operationId: 'disableService',
    role: 'operate',
    tag: 'Services',
    summary: 'Disable a service',
    description: 'Accept no new clients and close existing connections: sets `state` to `disabled`. With `delaySeconds` or `graceful` a job does so later (`/v1/jobs`). ' +
      'During the delay the state is `sessions-only`: only clients with a persistence entry reach the service. Without a delay it is `draining` until the clients have left.',
    body: { schema: 'DisableInput', mediaTypes: ['application/json'], optional: true },
    ifMatch: true,
    answers: { 200: { doc: 'The service as it is now.', schema: 'Service', etag: true } },
    errors: [...changeErrors, ...bodyErrors, 'probe-absent', 'not-found', 'job-running', 'precondition-failed'],
    write: { collection: 'services', action: 'disable' },
    handle: async ({ weir, params, body, ifMatch }) =>
      answer(
        weir,
        'services',
        200,
        await weir.services.disable(
          params['name']!,
          { ifMatch },
          parseBody(disableInput, body === undefined ? {} : body)
        )
      )
  }),
  route({
    method: 'POST',
    path: '/lb-vservers/:name/rebalance',
    operationId: 'rebalanceLbVserver',
    role: 'operate',
    tag: 'LB vservers',
    summary: 'Rebalance an LB vserver',
    description: 'A job tells the clients that services have beyond their share by weight to go, as a drain does, and no others. Until they have come back, ' +
      'new and returning clients get services below their share, pinned ones too. Not for the methods `token` and `source-ip-hash`.',
    body: { schema: 'RebalanceInput', mediaTypes: ['application/json'] },
    answers: beginning,
    errors: [...bodyErrors, 'not-found', 'config-invalid', 'job-running', 'worker-unavailable', 'store-unreachable'],
    write: { collection: 'lbVservers', action: 'rebalance' },
    handle: async ({ weir, base, params, body }) =>
      begun(
        base,
        await weir.lbVservers.rebalance(params['name']!, parseBody(rebalanceInput, requireBody(body, 'settings')))
      )
  }),
  route({
    method: 'GET',
    path: '/jobs',
    operationId: 'listJobs',
    role: 'read',
    tag,
    summary: 'List the jobs',
    answers: {
      200: { doc: 'The jobs that run, and the last hundred that have ended; the newest first.', schema: 'Jobs' }
    },
    handle: ({ weir }) => ({ status: 200, body: { items: weir.jobs.list() } })
  }),
  route({
    method: 'GET',
    path: '/jobs/:id',
    operationId: 'getJob',
    role: 'read',
    tag,
    summary: 'Show a job',
    answers: { 200: { doc: 'The job as it is now.', schema: 'Job' } },
    errors: ['not-found'],
    handle: ({ weir, params }) => {
      const id = params['id']!
      const job = weir.jobs.get(id)
      if (job === undefined)
        throw new WeirError(
          'not-found',
          `no job '${id}'; there are: ${describeChoices(weir.jobs.list().map(({ id }) => id))}`
        )
      return { status: 200, body: job }
    }
  }),
  ...Object.entries(actions).map(([action, { summary, description, run }]) => route({
    method: 'POST',
    path: `/jobs/:id/${action}`,
    operationId: `${action}Job`,
    role: 'operate',
    tag,
    summary,
    description,
    answers: { 200: { doc: 'The job as it is now.', schema: 'Job' } },
    errors: ['not-found', 'job-ended', 'store-unreachable'],
    write: { action: `${action}-job` },
    scope: ({ weir, params }) => {
      const job = weir.jobs.get(params['id']!)
      return [job?.service ?? job?.lbVserver]
    },
    handle: async ({ weir, params }) => ({ status: 200, body: await run(weir, params['id']!) })
  }))
]
