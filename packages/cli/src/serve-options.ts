import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { isatty } from 'node:tty'
import { parseArgs } from 'node:util'
import { endpointForms, MAX_SESSIONS, parseEndpoint, type ClusterPlace } from '@weirlb/model'
import {
  accessFormat,
  checkWebhookOptions,
  logFormats,
  transportChoices,
  type AccessLogOptions,
  type LogFormat,
  type LogLevel,
  type TransportChoice,
  type WebhookOptions
} from '@weirlb/core'
import { adminOptions, type AdminOptions } from './admin/admin-options.ts'
import type { OptionRow } from './command-line/command-row.ts'
import { commandTable, type OptionName } from './command-line/command-table.ts'
import { UsageError } from './usage-error.ts'

/** What the command line says of a cluster. */
export type GivenPlace = { readonly [Field in keyof ClusterPlace]?: ClusterPlace[Field] | undefined }

/** The options of `weir serve`. */
export interface ServeOptions {
  readonly configFile: string | undefined
  /** Reload the configuration when its files change. */
  readonly watch: boolean
  readonly stateDirectory: string | undefined
  readonly admin: AdminOptions
  readonly workers: number
  readonly transport: TransportChoice
  readonly maxSessions: number
  /** What the command line says of the cluster; the configuration file may say the rest. */
  readonly cluster: GivenPlace
  /** Undefined: those of the system. */
  readonly dnsServers: readonly string[] | undefined
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  readonly accessLog: AccessLogOptions | undefined
  /** Share of the connections that become spans. */
  readonly spanShare: number
  readonly securityWebhook: WebhookOptions | undefined
  readonly graceMs: number
}

const rows: readonly OptionRow[] = commandTable.serve.options
const options = Object.fromEntries(
  rows.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' as const : 'string' as const }])
)
type ServeOption = OptionName<'serve'>

const STANDARD_ERROR = 2
const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

/**
 * Read the options of `weir serve`. `atTerminal`: standard error is one. Throws a UsageError that names the option, its
 * value and the choices.
 */
export const parseServeOptions = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  atTerminal: boolean = isatty(STANDARD_ERROR)
): ServeOptions => {
  const given = readOptions(args)
  if (given.watch !== undefined && given.config === undefined)
    throw new UsageError('--watch needs --config FILE: there is nothing to watch without it')
  return {
    configFile: given.config,
    watch: given.watch !== undefined,
    stateDirectory: given.state,
    admin: adminOptions(given, environment),
    workers: number('--workers', given.workers ?? String(availableParallelism()), {
      integer: true,
      least: 0,
      most: 1024
    }),
    transport: choice('--transport', given.transport ?? 'node', transportChoices),
    maxSessions: number('--max-sessions', given['max-sessions'] ?? '5000000', {
      integer: true,
      least: 1,
      most: MAX_SESSIONS
    }),
    cluster: clusterPlace(given),
    dnsServers: given.dns === undefined ? undefined : dnsServers(given.dns),
    logLevel: choice('--log-level', given['log-level'] ?? 'info', logLevels),
    logFormat: choice('--log-format', given['log-format'] ?? (atTerminal ? 'pretty' : 'json'), logFormats),
    spanShare: number('--spans', given.spans ?? '0', { integer: false, least: 0, most: 1 }),
    accessLog: accessLog(given['access-log'], given['access-log-format']),
    securityWebhook: securityWebhook(given['security-webhook'], given['security-webhook-secret']),
    graceMs: number('--grace', given.grace ?? '10', { integer: false, least: 0, most: 86_400 }) * 1000
  }
}

/** parseArgs' own errors do not name the choices, so its tokens are read instead. */
const readOptions = (args: readonly string[]): Partial<Record<ServeOption, string>> => {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const given: Partial<Record<ServeOption, string>> = {}
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new UsageError(`unexpected argument '${token.value}'; options are ${choices}`)
    if (token.kind !== 'option') continue
    if (!Object.hasOwn(options, token.name))
      throw new UsageError(`unknown option '${token.rawName}'; there are: ${choices}`)
    const name = token.name as ServeOption
    if (isSwitch(name)) {
      if (token.value !== undefined) throw new UsageError(`option '--${name}' takes no value; got '${token.value}'`)
      given[name] = 'yes'
      continue
    }
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith('--')))
      throw new UsageError(`option '--${name}' needs a value`)
    if (given[name] !== undefined)
      throw new UsageError(`option '--${name}' is given twice: ${given[name]} and ${token.value}`)
    given[name] = token.value
  }
  return given
}

const isSwitch = (name: ServeOption): boolean => options[name]!.type === 'boolean'

const choices = Object.keys(options).map(name => `--${name}`).join(', ')

const number = (
  option: string,
  text: string,
  { integer, least, most }: { integer: boolean, least: number, most: number }
): number => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most && (!integer || Number.isInteger(value))) return value
  throw new UsageError(
    `${option}: expected ${integer ? 'an integer' : 'a number'} from ${least} to ${most}, got '${text}'`
  )
}

const dnsServers = (text: string): string[] =>
  text.split(',').map(server => {
    if (parseEndpoint(server) === undefined)
      throw new UsageError(`--dns: expected ${endpointForms}, and commas between several; got '${server}'`)
    return server
  })

const clusterPlace = (
  {
    cluster: store,
    node,
    'cluster-config': config,
    'cluster-password': password,
    'cluster-ca': ca,
    'cluster-cert': cert,
    'cluster-cert-key': certKey,
    'cluster-keys': keys
  }: Partial<Record<ServeOption, string>>
): GivenPlace => ({
  store,
  node,
  passwordFile: password && resolve(password),
  caFile: ca && resolve(ca),
  certFile: cert && resolve(cert),
  certKeyFile: certKey && resolve(certKey),
  keysFile: keys && resolve(keys),
  configuration: config === undefined ? undefined : choice('--cluster-config', config, ['shared', 'own'] as const)
})

const accessLog = (file: string | undefined, format: string | undefined): AccessLogOptions | undefined => {
  if (file === undefined) {
    if (format !== undefined)
      throw new UsageError('--access-log-format needs --access-log FILE, or - for standard output')
    return undefined
  }
  if (file === '') throw new UsageError("option '--access-log' needs a value: a file, or - for standard output")
  try { accessFormat(format ?? 'json') } catch (error) { throw new UsageError((error as Error).message.replace(/^accessLog\.format/, '--access-log-format')) }
  return { file: file === '-' ? file : resolve(file), format }
}

const securityWebhook = (url: string | undefined, secretFile: string | undefined): WebhookOptions | undefined => {
  if (url === undefined && secretFile === undefined) return undefined
  if (url === undefined) throw new UsageError('--security-webhook-secret needs --security-webhook URL')
  if (secretFile === undefined || secretFile === '')
    throw new UsageError('--security-webhook needs --security-webhook-secret FILE: events are signed')
  const options = { url, secretFile: resolve(secretFile) }
  try {
    checkWebhookOptions(options)
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^securityWebhook\.url/, '--security-webhook'))
  }
  return options
}

const choice = <T extends string>(option: string, text: string, values: readonly T[]): T => {
  const found = values.find(value => value === text)
  if (found === undefined) throw new UsageError(`${option}: expected one of ${values.join(', ')}; got '${text}'`)
  return found
}
