import { describeValue, WeirError } from '@weirlb/model'

/** How a store is reached. */
export interface RedisPlace {
  readonly form: 'single' | 'sentinel' | 'cluster'
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  /** One of a single server; otherwise the sentinels, or some nodes of the Cluster. */
  readonly hosts: readonly { readonly host: string, readonly port: number }[]
  /** Name of the master that the sentinels watch. */
  readonly master: string | undefined
  readonly database: number
  /** All keys begin so. */
  readonly prefix: string
}

const forms = 'redis://[USER:PASSWORD@]HOST[:PORT][/DB], redis+sentinel://HOST[:PORT],HOST[:PORT]/MASTER or redis+cluster://HOST[:PORT],HOST[:PORT]; rediss in place of redis for TLS; ?prefix=TEXT'
const DEFAULT_PORT = 6379
const SENTINEL_PORT = 26379
const shape = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/([^@?]*))?(?:\?([^@]*))?$/

/** Read the URL of a store. Throws `config-invalid`, whose message has no password. */
export const parseRedisUrl = (text: string): RedisPlace => {
  const fault = (why: string): WeirError =>
    new WeirError('config-invalid', `cluster: ${why}; expected ${forms}`, {
      issues: [{ path: 'cluster', message: why }]
    })
  const found = shape.exec(text)
  if (found === null)
    throw fault(
      `${describeValue(withoutPassword(text))} is no address of a store${
        text.includes('@') ? ' (in a password, write @ as %40, / as %2F and ? as %3F)' : ''
      }`
    )
  const [, scheme, form = 'single', login, hostList, path = '', search = ''] = found
  const colon = login?.indexOf(':') ?? -1
  const hosts = hostList!.split(',').map(each => {
    const at = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?$/.exec(each)
    const port = Number(at?.[2] ?? (form === 'sentinel' ? SENTINEL_PORT : DEFAULT_PORT))
    if (at === null || port < 1 || port > 65_535) throw fault(`'${each}' is no HOST or HOST:PORT`)
    return { host: at[1]!.replace(/^\[|\]$/g, ''), port }
  })
  if (form === 'single' && hosts.length > 1)
    throw fault(`${hosts.length} hosts are given; several are those of a Cluster or of Sentinels`)
  if (form === 'sentinel' && path === '') throw fault('the name of the master is missing: redis+sentinel://HOST/MASTER')
  if (form === 'cluster' && path !== '' && path !== '0') throw fault(`'/${path}' is given; a Cluster has one database`)
  if (form === 'single' && !/^\d{0,4}$/.test(path)) throw fault(`'/${path}' is no number of a database`)
  const given = new URLSearchParams(search)
  for (const name of given.keys()) if (name !== 'prefix') throw fault(`unknown parameter '${name}'; there are: prefix`)
  const prefix = given.get('prefix') ?? 'weir:'
  if (!/^[A-Za-z0-9_.:/-]{1,64}$/.test(prefix))
    throw fault(`the prefix ${describeValue(prefix)} is not 1 to 64 letters, digits, "_", ".", ":", "/" or "-"`)
  try {
    return {
      form: form as RedisPlace['form'], tls: scheme === 'rediss', hosts, prefix,
      username: login === undefined || colon < 1 ? undefined : decodeURIComponent(login.slice(0, colon)),
      password: login === undefined ? undefined : decodeURIComponent(login.slice(colon + 1)),
      master: form === 'sentinel' ? path : undefined,
      database: form === 'single' ? Number(path) : 0
    }
  } catch {
    throw fault('the user or the password has a % that is followed by no two hexadecimal digits')
  }
}

/** The place of a store as people may read it. */
export const placeText = ({ form, tls, hosts, master, database }: RedisPlace): string =>
  `${tls ? 'rediss' : 'redis'}${form === 'single' ? '' : `+${form}`}://${
    hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')
  }${master === undefined ? '' : `/${master}`}${database > 0 ? `/${database}` : ''}`

const withoutPassword = (text: string): string => text.replace(/\/\/.*@/s, '//…@')
