import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { endpointForms, MAX_SESSIONS, parseEndpoint } from '@weirlb/model'
import { transportChoices, type LogLevel, type TransportChoice } from '@weirlb/core'
import { AdminToken } from './admin-token.ts'
import { hostPortText, parseHostPort, isLoopback, type HostPort } from './host-port.ts'
import { UsageError } from './usage-error.ts'

/** The options of `weir serve`. */
export interface ServeOptions {
  readonly configFile: string | undefined
  readonly stateDirectory: string | undefined
  readonly admin: HostPort
  readonly workers: number
  readonly transport: TransportChoice
  readonly maxSessions: number
  /** Undefined: those of the system. */
  readonly dnsServers: readonly string[] | undefined
  readonly token: AdminToken | undefined
  readonly logLevel: LogLevel
  readonly graceMs: number
}

const options = {
  config: { type: 'string' },
  state: { type: 'string' },
  admin: { type: 'string' },
  workers: { type: 'string' },
  transport: { type: 'string' },
  'max-sessions': { type: 'string' },
  dns: { type: 'string' },
  'token-file': { type: 'string' },
  'log-level': { type: 'string' },
  grace: { type: 'string' }
} as const
type OptionName = keyof typeof options

const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

/** Read the options of `weir serve`. Throws a UsageError that names the option, its value and the choices. */
export const parseServeOptions = (args: readonly string[], environment: Readonly<Record<string, string | undefined>>): ServeOptions => {
  const given = readOptions(args)
  const admin = parseHostPort('--admin', given.admin ?? '127.0.0.1:8080')
  const token = AdminToken.from(given['token-file'], environment['WEIR_ADMIN_TOKEN'])
  if (token === undefined && !isLoopback(admin.host)) {
    throw new UsageError(`--admin ${hostPortText(admin)} can be reached from other machines and needs a token: give --token-file FILE or set WEIR_ADMIN_TOKEN, or listen on 127.0.0.1`)
  }
  return {
    configFile: given.config,
    stateDirectory: given.state,
    admin,
    workers: number('--workers', given.workers ?? String(availableParallelism()), { integer: true, least: 0, most: 1024 }),
    transport: choice('--transport', given.transport ?? 'node', transportChoices),
    maxSessions: number('--max-sessions', given['max-sessions'] ?? '5000000', { integer: true, least: 1, most: MAX_SESSIONS }),
    dnsServers: given.dns === undefined ? undefined : dnsServers(given.dns),
    token,
    logLevel: choice('--log-level', given['log-level'] ?? 'info', logLevels),
    graceMs: number('--grace', given.grace ?? '10', { integer: false, least: 0, most: 86_400 }) * 1000
  }
}

/** parseArgs' own errors do not name the choices, so its tokens are read instead. */
const readOptions = (args: readonly string[]): Partial<Record<OptionName, string>> => {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const given: Partial<Record<OptionName, string>> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`unexpected argument '${token.value}'; options are ${choices}`)
    if (token.kind !== 'option') continue
    if (!Object.hasOwn(options, token.name)) throw new UsageError(`unknown option '${token.rawName}'; there are: ${choices}`)
    const name = token.name as OptionName
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))) throw new UsageError(`option '--${name}' needs a value`)
    if (given[name] !== undefined) throw new UsageError(`option '--${name}' is given twice: ${given[name]} and ${token.value}`)
    given[name] = token.value
  }
  return given
}

const choices = Object.keys(options).map(name => `--${name}`).join(', ')

const number = (option: string, text: string, { integer, least, most }: { integer: boolean, least: number, most: number }): number => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most && (!integer || Number.isInteger(value))) return value
  throw new UsageError(`${option}: expected ${integer ? 'an integer' : 'a number'} from ${least} to ${most}, got '${text}'`)
}

const dnsServers = (text: string): string[] => text.split(',').map(server => {
  if (parseEndpoint(server) === undefined) throw new UsageError(`--dns: expected ${endpointForms}, and commas between several; got '${server}'`)
  return server
})

const choice = <T extends string>(option: string, text: string, values: readonly T[]): T => {
  const found = values.find(value => value === text)
  if (found === undefined) throw new UsageError(`${option}: expected one of ${values.join(', ')}; got '${text}'`)
  return found
}
