// Constraints on GLBs, alone and on the user vservers that ask them.
import type { Config, Entity } from './config.ts'
import { normalPath } from './normal-path.ts'
import { describeChoices, describeValue } from './describe-value.ts'
import { firstByName, type Finding } from './finding.ts'
import { patternsOf, type Glb } from './glb.ts'
import { httpServices, layersOf } from './layers.ts'
import { protocolsOf, speaks, transportsText } from './vserver-protocols.ts'

type Lb = Entity<'lbVservers'>

/** Every LB vserver of a GLB with its place in it. */
const placesOf = (
  { pools, fallback }: Glb
): (readonly [path: string, name: string])[] => [
  ...pools.map(({ name }, n) => [`pools[${n}].name`, name] as const),
  ...(fallback === undefined ? [] : [['fallback', fallback] as const])
]

/** True for a GLB of requests, false for one of an extension's clients; undefined where its first pool is unknown. */
const takesRequests = ({ pools }: Glb, lbs: ReadonlyMap<string, Lb>): boolean | undefined => {
  const first = lbs.get(pools[0]!.name)
  return first === undefined ? undefined : httpServices.has(first.type)
}

/** The pools of a GLB serve the same kind of clients, and each stands there once. */
export function * glbPools (config: Config): Generator<Finding> {
  const lbs = firstByName(config.lbVservers)
  for (const [i, glb] of config.glbs.entries()) {
    const requests = takesRequests(glb, lbs)
    yield * passingFaults(glb, i, lbs)
    const seen = new Set<string>()
    for (const [place, name] of placesOf(glb)) {
      const path = `glbs[${i}].${place}`
      const lb = lbs.get(name)
      if (place !== 'fallback' && seen.has(name))
        yield { code: 'config-invalid', path, message: `LB vserver '${name}' is a pool of GLB '${glb.name}' already` }
      seen.add(name)
      if (lb === undefined || requests === undefined || httpServices.has(lb.type) === requests) continue
      const choices = describeChoices(config.lbVservers.filter(({ type }) => httpServices.has(type) === requests).map(each => each.name))
      const kind = requests ? 'answers no HTTP requests, as the first pool does' : "serves no clients of an extension, as the first pool does"
      yield { code: 'config-invalid', path, message: `LB vserver '${name}' is of type ${lb.type} and ${kind}; those that do: ${choices}` }
    }
  }
}

/** TLS that passes is known by its server name alone, and goes to the bytes of a server. */
function* passingFaults (
  { name, match, proxied, affinity, ...glb }: Glb,
  i: number,
  lbs: ReadonlyMap<string, Lb>
): Generator<Finding> {
  if (proxied) return
  const fault = (field: string, message: string): Finding => ({
    code: 'config-invalid',
    path: `glbs[${i}].${field}`,
    message: `GLB '${name}' is not proxied: ${message}`
  })
  if (match.sni === undefined) yield fault('match', 'its clients are known by `sni` alone, which it does not have')
  for (const field of ['hosts', 'path', 'field'] as const) {
    if (match[field] !== undefined)
      yield fault(`match.${field}`, `its clients are known by \`sni\` alone; leave out \`${field}\``)
  }
  if (affinity.type !== 'none' && affinity.type !== 'source-ip')
    yield fault(
      'affinity.type',
      `its clients are known by their addresses alone; expected "source-ip" or "none", got "${affinity.type}"`
    )
  if (affinity.secondary !== undefined)
    yield fault(
      'affinity.secondary',
      `its clients are known by their addresses alone; leave it out: got "${affinity.secondary}"`
    )
  for (const [place, pool] of placesOf({ ...glb, name, match, proxied, affinity })) {
    for (const lb of withBackups(pool, lbs)) {
      if (lb.type === 'USER_TCP') continue
      const role = lb.name === pool ? '' : `, which is a backup of '${pool}',`
      yield fault(
        place,
        `TLS passes to services of type USER_TCP; LB vserver '${lb.name}'${role} is of type ${lb.type}`
      )
      break
    }
  }
}

/** An LB vserver, its backup, and so on; each once. */
const withBackups = (name: string, lbs: ReadonlyMap<string, Lb>): ReadonlySet<Lb> => {
  const found = new Set<Lb>()
  for (let lb = lbs.get(name); lb !== undefined && !found.has(lb); lb = lb.backup === undefined ? undefined : lbs.get(lb.backup)) found.add(lb)
  return found
}

/** GLBs that a user vserver asks: it has the clients that they match, and nothing matches two of them alike. */
export function * glbBindings (config: Config): Generator<Finding> {
  const lbs = firstByName(config.lbVservers)
  const glbs = firstByName(config.glbs)
  const protocols = firstByName(config.userProtocols)
  for (const [i, vserver] of config.userVservers.entries()) {
    const spoken = protocolsOf(vserver, name => protocols.get(name))
    if (spoken.length === 0) continue
    const bound = new Set<string>()
    const matches = new Map<string, string>()
    for (const [n, name] of vserver.glbs.entries()) {
      const glb = glbs.get(name)
      if (glb === undefined) continue
      const fault = (message: string): Finding => ({
        code: 'config-invalid',
        path: `userVservers[${i}].glbs[${n}]`,
        message
      })
      if (bound.has(name)) {
        yield fault(`GLB '${name}' is bound twice`)
        continue
      }
      bound.add(name)
      const requests = takesRequests(glb, lbs)
      const misfit = requests === undefined ? undefined : misfitOf(glb, requests, vserver, spoken)
      if (misfit !== undefined) yield fault(misfit)
      // One of two may wait, disabled, for its turn.
      if (glb.state === 'disabled') continue
      for (const key of keysOf(glb)) {
        // TLS that passes is neither.
        const ids = (glb.proxied ? [requests] : [true, false]).map(kind => `${String(kind)} ${key}`)
        const other = ids.map(id => matches.get(id)).find(found => found !== undefined)
        if (other === undefined) for (const id of ids) matches.set(id, name)
        else yield fault(`GLB '${name}' and GLB '${other}' both match ${key}; disable one, or give one another name or path`)
      }
    }
  }
}

/** What a GLB matches, as text that is equal for equal matches. */
function * keysOf ({ match, proxied }: Glb): Generator<string> {
  if (!proxied) for (const name of match.sni ?? []) yield `host "${name}"`
  const { path, field } = match
  const onPath = path === undefined ? '' : ` with path "${normalPath(path)}"`
  const ofFields = field === undefined ? [''] : field.values.map(value => ` with ${field.name} ${describeValue(value)}`)
  for (const ofField of ofFields) {
    for (const host of patternsOf(match, 'hosts')) yield `host "${host}"${onPath}${ofField}`
    for (const name of patternsOf(match, 'sni')) yield `server name "${name}"${ofField}`
  }
}

/** Why a GLB could never have a client of this user vserver. */
const misfitOf = (
  { name, match, proxied }: Glb,
  requests: boolean,
  vserver: Entity<'userVservers'>,
  spoken: readonly Entity<'userProtocols'>[]
): string | undefined => {
  const inspected = spoken.some(({ extension }) => extension !== undefined)
  if (!proxied)
    return speaks(spoken, 'tls')
      ? undefined
      : `GLB '${name}' passes TLS, and user protocol ${transportsText(spoken)}`
  const raw = spoken.filter(({ transport }) => !layersOf(transport).includes('http'))
  if (requests && !speaks(spoken, 'http'))
    return `GLB '${name}' has pools for HTTP requests, and user protocol ${transportsText(spoken)}`
  if (requests && inspected && vserver.http?.defaultLb === undefined)
    return `GLB '${name}' has pools for HTTP requests, which this user vserver takes once http.defaultLb names an LB vserver for those of other hosts`
  if (!requests && !inspected)
    return `GLB '${name}' has pools for clients of an extension, and user protocol ${transportsText(spoken)}`
  if (requests && match.field !== undefined)
    return `GLB '${name}' matches a field, and its pools are for HTTP requests, which no extension sees`
  if (requests && match.hosts === undefined)
    return `GLB '${name}' has pools for HTTP requests, which are matched by \`hosts\`; it has \`sni\``
  if (match.hosts !== undefined && !speaks(spoken, 'http'))
    return `GLB '${name}' matches by \`hosts\`, and no client of this user vserver sends a Host header: ${
      transportsText(spoken)
    }; use \`sni\``
  if (
    match.sni !== undefined && match.hosts === undefined && !speaks(raw, 'tls') &&
    (raw.length === 0 || vserver.proxyProtocol === undefined)
  )
    return `GLB '${name}' matches by \`sni\` clients that speak TLS and no HTTP, and ${
      transportsText(spoken)
    }; use \`hosts\``
  if (match.path !== undefined && !speaks(spoken, 'http'))
    return `GLB '${name}' matches a path, and no client of this user vserver sends one: ${transportsText(spoken)}`
  return undefined
}
