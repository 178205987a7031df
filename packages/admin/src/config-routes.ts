import { certkeyFileFields, includesRole, WeirError, type Config } from '@weirlb/model'
import type { Principal } from './access/principal.ts'
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
    role: 'read',
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
    role: 'admin',
    tag,
    summary: 'Replace the whole configuration',
    description: 'Entities that do not change keep their connections. A certkey without `key` keeps the key it has. Either the whole document applies or none of it does.',
    body,
    ifMatch: true,
    answers: { 200: { doc: 'The configuration as it is now.', schema: 'Config', etag: true } },
    errors: [...bodyErrors, ...wholeConfigErrors, 'precondition-failed'],
    write: { action: 'replace' },
    // A document says nothing of what its sender means to leave alone.
    scope: () => [undefined],
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
    role: 'read',
    tag,
    summary: 'Check a configuration without applying it',
    description: 'Fields, references and extensions are checked, and what these publish for rules, limits and others; no listener is opened. The answer has what would start, change, drain and stop; `weir check FILE` prints it.',
    body,
    answers: { 200: { doc: 'The configuration is valid.', schema: 'ConfigPlan' } },
    errors: [
      ...bodyErrors,
      'outside-scope',
      ...wholeConfigErrors.filter(code =>
        !changeErrors.includes(code) || code === 'config-invalid' || code === 'reference-unknown'
      )
    ],
    handle: async ({ weir, body, principal }) => {
      const config = configWithoutStatus(requireBody(body, 'configuration'))
      checkMayCheck(principal, config, weir.config.get().value)
      return { status: 200, body: await weir.config.check(config) }
    }
  })
]

/** A check reads files, whose faults show which ones there are, and runs code. */
const checkMayCheck = ({ who, role, scopes }: Principal, config: Document, running: Config): void => {
  const isAdmin = includesRole(role, 'admin')
  if (isAdmin && scopes === undefined) return
  if (namesFiles(config)) throw new WeirError(isAdmin ? 'outside-scope' : 'role-insufficient', `${who} has ${isAdmin ? 'scopes' : `the role ${role}`}; a configuration with files of certificates needs admin without scopes, since its check shows which files there are`)
  if (!isAdmin && hasNewCode(config, running)) throw new WeirError('role-insufficient', `${who} has the role ${role}; a configuration with code that does not run already needs admin, since its check runs the code`)
}

interface Document { readonly certkeys?: unknown, readonly extensions?: unknown, readonly edgeFunctions?: unknown }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Returns the codes of a list of extensions or edge functions. */
const codesOf = (entities: unknown): unknown[] =>
  Array.isArray(entities)
    ? entities.flatMap((entity: unknown) =>
      isObject(entity) ? [entity['source'], isObject(entity['canary']) ? entity['canary']['source'] : undefined] : []
    )
    : []

/** True for a document with code that is not running. */
const hasNewCode = ({ extensions, edgeFunctions }: Document, running: Config): boolean => {
  const known = new Set([...codesOf(running.extensions), ...codesOf(running.edgeFunctions)])
  return [...codesOf(extensions), ...codesOf(edgeFunctions)].some(code => typeof code === 'string' && !known.has(code))
}

/** True for a document that has Weir read files of its machine. */
const namesFiles = ({ certkeys }: Document): boolean => Array.isArray(certkeys) &&
  certkeys.some((certkey: unknown) => isObject(certkey) && certkeyFileFields.some(field => field in certkey))
