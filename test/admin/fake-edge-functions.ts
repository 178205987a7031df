import type { EdgeFunctions } from 'weirlb'

/** What a FakeWeir says of edge functions. */
export const fakeFunction: {
  readonly validate: EdgeFunctions['validate']
  readonly trial: Awaited<ReturnType<EdgeFunctions['test']>>
} = {
  validate: async () => ({ form: 'native' }),
  trial: {
    form: 'native',
    decision: 'respond',
    request: undefined,
    response: undefined,
    status: 403,
    headers: [['content-type', 'text/plain']],
    body: 'no',
    failure: undefined,
    reason: undefined,
    failedOpen: undefined,
    logs: ['looked'],
    wallMs: 1.5
  }
}
