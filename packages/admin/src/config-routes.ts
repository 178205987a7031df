import { bodyErrors, changeErrors, requireBody, wholeConfigErrors } from './collection-routes.ts'
import { configWithoutStatus, viewConfig } from './entity-view.ts'
import { alreadyHas } from './etag.ts'
import { route, type Route } from './route.ts'

const tag = 'Configuration'
const body = { schema: 'ConfigInput', mediaTypes: ['application/json'], maxValues: 500_000 } as const

/** The configuration as one document. The body has no known shape: Weir checks it. */
export const configRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/config',
    operationId: 'getConfig',
    tag,
    summary: 'Show the whole configuration',
    description: 'Private keys are omitted. `weir serve --config` accepts the same document.',
    ifNoneMatch: true,
    answers: { 200: { doc: 'The running configuration.', schema: 'Config', etag: true } },
    handle: ({ weir, ifNoneMatch }) => {
      const { value, etag } = weir.config.get()
      return alreadyHas(ifNoneMatch, etag) ? { status: 304, etag } : { status: 200, etag, body: viewConfig(value) }
    }
  }),
  route({
    method: 'PUT',
    path: '/config',
    operationId: 'replaceConfig',
    tag,
    summary: 'Replace the whole configuration',
    description: 'Entities that do not change keep their connections. A certkey without `key` keeps the key it has. Either the whole document applies or none of it does.',
    body,
    ifMatch: true,
    answers: { 200: { doc: 'The configuration as it is now.', schema: 'Config', etag: true } },
    errors: [...bodyErrors, ...wholeConfigErrors, 'precondition-failed'],
    write: { action: 'replace' },
    handle: async ({ weir, body, ifMatch }) => {
      const config = configWithoutStatus(requireBody(body, 'configuration'))
      const { value, etag } = await weir.config.replace(config, { ifMatch })
      return { status: 200, etag, body: viewConfig(value) }
    }
  }),
  route({
    method: 'POST',
    path: '/config/check',
    operationId: 'checkConfig',
    tag,
    summary: 'Check a configuration without applying it',
    description: 'Fields, references and extensions are checked; no listener is opened.',
    body,
    answers: { 200: { doc: 'The configuration is valid.', schema: 'Checked' } },
    errors: [...bodyErrors, ...wholeConfigErrors.filter(code => !changeErrors.includes(code) || code === 'config-invalid' || code === 'reference-unknown')],
    handle: async ({ weir, body }) => {
      await weir.config.check(configWithoutStatus(requireBody(body, 'configuration')))
      return { status: 200, body: { ok: true } }
    }
  })
]
