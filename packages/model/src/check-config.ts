import { addressesOverlap, canonicalAddress, wildcards } from './address.ts'
import { canServe, holds } from './certkey.ts'
import { certkeyFields, serverCertkeys, serviceTls, vserverTlsFits } from './check-tls.ts'
import { collectionNames, collections, type Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { endpointText } from './endpoint.ts'
import { WeirError } from './error.ts'
import { firstByName, type Finding } from './finding.ts'
import { sameCode } from './extension.ts'
import { httpServices, httpTransports, layersTo, serviceTypesWith, transportsWith } from './layers.ts'
import { methodNames } from './lb-vserver.ts'
import { MAX_ISSUES } from './parse-config.ts'
import { describeEntity, uses } from './references.ts'
import type { UserVserver } from './user-vserver.ts'
import { accessChallenges, requestGuards, sourceLists } from './check-access.ts'
import { glbBindings, glbPools } from './check-glbs.ts'
import { managedCheckFields } from './check-managed-checks.ts'
import { monitorThresholds, monitorUses } from './check-monitors.ts'
import { persistenceKinds } from './check-persistence.ts'
import { rateLimits } from './check-rate-limits.ts'
import { ruleActionParts } from './check-rule-actions.ts'
import { memberTwice, serverAddresses, serversOf, sharedNames } from './check-servers.ts'
import { sharedPorts } from './check-shared-ports.ts'
import { triggerPatterns } from './check-triggers.ts'
import { mayStartTls, protocolsOf, speaks, transportsText } from './vserver-protocols.ts'

/**
 * Check constraints across fields: names, references, listening addresses, and matching types.
 * Throws a WeirError with the code of the first finding (name-taken, reference-unknown, address-taken or
 * config-invalid) and an issue for each. Stops at `MAX_ISSUES`. `methods`: the available balancing methods.
 */
export const checkConfig = (config: Config, methods: readonly string[] = methodNames): void => {
  const findings: Finding[] = []
  for (const rule of rules) {
    for (const finding of rule(config, methods)) {
      findings.push(finding)
      if (findings.length === MAX_ISSUES) break
    }
    if (findings.length === MAX_ISSUES) break
  }
  const first = findings[0]
  if (first === undefined) return
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''
  throw new WeirError(first.code, `${first.path}: ${first.message}${more}`, { issues: findings.map(({ path, message }) => ({ path, message })) })
}

function * duplicateNames (config: Config): Generator<Finding> {
  for (const collection of collectionNames) {
    const seen = new Map<string, number>()
    for (const [i, { name }] of config[collection].entries()) {
      const first = seen.get(name)
      if (first === undefined) seen.set(name, i)
      else yield {
          code: 'name-taken',
          path: `${collection}[${i}].name`,
          message: `there is another ${describeEntity(collection, name)}, at ${collection}[${first}]`
        }
    }
  }
}

function * unknownReferences (config: Config): Generator<Finding> {
  const names = new Map(collectionNames.map(collection => [collection, new Set(config[collection].map(entity => entity.name))]))
  for (const use of uses(config)) {
    // The check of an expression names the place within it as well.
    if (names.get(use.target)!.has(use.targetName) || (use.target === 'lists' && use.path.endsWith('.expression'))) continue
    const among = use.or === undefined ? [use.target] : [use.target, use.or]
    const choices = describeChoices(among.flatMap(collection => config[collection].map(entity => entity.name)))
    yield {
      code: 'reference-unknown',
      path: use.path,
      message: `no ${
        among.map(collection => collections[collection].noun).join(' or ')
      } '${use.targetName}'; there are: ${choices}`
    }
  }
}

/** Only vservers that listen can meet: a draining one has given its address back. */
function * takenAddresses (config: Config): Generator<Finding> {
  const byPort = new Map<number, Map<string, UserVserver>>()
  for (const [i, vserver] of config.userVservers.entries()) {
    if (vserver.state !== 'enabled' || vserver.port === 0) continue
    const address = canonicalAddress(vserver.address)
    const before = byPort.get(vserver.port) ?? new Map<string, UserVserver>()
    byPort.set(vserver.port, before)
    // A wildcard may overlap any address, so each is compared; an address overlaps only itself and the wildcards.
    const other = wildcards.includes(address)
      ? [...before.values()].find(v => addressesOverlap(v.address, address))
      : [address, ...wildcards].map(a => before.get(a)).find(v => v !== undefined && addressesOverlap(v.address, address))
    if (!before.has(address)) before.set(address, vserver)
    if (other === undefined) continue
    yield {
      code: 'address-taken',
      path: `userVservers[${i}].port`,
      message: `${where(vserver)} is taken by ${describeEntity('userVservers', other.name)}, which listens on ${where(other)}`
    }
  }
}

const where = ({ address, port }: { address: string, port: number }): string => endpointText(address, port)

function * vserverCertificates (config: Config): Generator<Finding> {
  const protocols = firstByName(config.userProtocols)
  const certkeys = firstByName(config.certkeys)
  for (const [i, vserver] of config.userVservers.entries()) {
    const path = `userVservers[${i}].certificates`
    const spoken = protocolsOf(vserver, name => protocols.get(name))
    if (spoken.length > 0 && vserver.certificates.length > 0 && !speaks(spoken, 'tls') && !mayStartTls(spoken)) {
      yield {
        code: 'config-invalid',
        path,
        message: `user protocol ${transportsText(spoken)} and takes no certificates; got ${
          vserver.certificates.join(', ')
        }`
      }
    }
    for (const [n, name] of vserver.certificates.entries()) {
      const certkey = certkeys.get(name)
      if (certkey === undefined || canServe(certkey)) continue
      const lacks = holds(certkey, 'cert') ? 'key' : 'cert'
      yield {
        code: 'config-invalid',
        path: `${path}[${n}]`,
        message: `certkey '${name}' has no ${lacks} and cannot serve TLS; those that can: ${
          describeChoices(serverCertkeys(config))
        }`
      }
    }
  }
}

/** WebSocket settings without a WebSocket would have no effect. */
function * webSockets (config: Config): Generator<Finding> {
  const protocols = firstByName(config.userProtocols)
  for (const [i, vserver] of config.userVservers.entries()) {
    const spoken = protocolsOf(vserver, name => protocols.get(name))
    if (vserver.websocket === undefined || spoken.length === 0 || speaks(spoken, 'websocket')) continue
    yield {
      code: 'config-invalid',
      path: `userVservers[${i}].websocket`,
      message: `only user protocols of transport ${transportsWith('websocket').join(' or ')} take WebSockets; ${
        transportsText(spoken)
      }`
    }
  }
  for (const { path, what, server } of serversOf(config)) {
    if (server.websocket === undefined || layersTo(server).includes('websocket')) continue
    yield {
      code: 'config-invalid',
      path: `${path}.websocket`,
      message: `only a service of type ${
        serviceTypesWith('websocket').join(' or ')
      } takes websocket; ${what} is ${server.type}`
    }
  }
}

/** Every transport needs an extension, but for plain HTTP. */
function * protocolExtensions (config: Config): Generator<Finding> {
  for (const [i, { name, transport, extension }] of config.userProtocols.entries()) {
    const path = `userProtocols[${i}].extension`
    if (httpTransports.has(transport) && extension !== undefined)
      yield {
        code: 'config-invalid',
        path,
        message: `user protocol '${name}' of transport ${transport} takes no extension; got '${extension}'`
      }
    if (!httpTransports.has(transport) && extension === undefined) {
      yield {
        code: 'config-invalid',
        path,
        message: `missing: user protocol '${name}' of transport ${transport} needs an extension; there are: ${
          describeChoices(config.extensions.map(each => each.name))
        }`
      }
    }
  }
}

/** Requests go to HTTP servers, and the bytes of a protocol do not. */
function * httpRoutes (config: Config): Generator<Finding> {
  const protocols = firstByName(config.userProtocols)
  const lbs = firstByName(config.lbVservers)
  const choices = (http: boolean): string =>
    describeChoices(config.lbVservers.filter(({ type }) => httpServices.has(type) === http).map(lb => lb.name))
  for (const [i, vserver] of config.userVservers.entries()) {
    const path = `userVservers[${i}]`
    const spoken = protocolsOf(vserver, name => protocols.get(name))
    if (spoken.length === 0) continue
    const requests = spoken.filter(({ transport }) => httpTransports.has(transport))
    const pure = requests.length === spoken.length
    if (vserver.http !== undefined && !speaks(spoken, 'http')) {
      yield {
        code: 'config-invalid',
        path: `${path}.http`,
        message: `only user protocols of transport ${transportsWith('http').join(' or ')} take HTTP requests; ${
          transportsText(spoken)
        }`
      }
    }
    if (pure && vserver.http?.defaultLb !== undefined)
      yield {
        code: 'config-invalid',
        path: `${path}.http.defaultLb`,
        message: `the requests of a user vserver of transport ${
          requests.map(each => each.transport).join(' and ')
        } go to its defaultLb`
      }
    if (!pure && requests.length > 0 && vserver.http?.defaultLb === undefined) {
      yield {
        code: 'config-invalid',
        path: `${path}.http.defaultLb`,
        message: `missing: defaultLb serves the extension's clients, and the requests of ${
          requests.map(({ name }) => `'${name}'`).join(' and ')
        } need one of their own; there are: ${choices(true)}`
      }
    }
    if (pure && vserver.lbVservers.length > 0)
      yield {
        code: 'config-invalid',
        path: `${path}.lbVservers`,
        message: `there is no extension that could name one of them: ${transportsText(spoken)}`
      }
    if (pure && Object.keys(vserver.params).length > 0)
      yield {
        code: 'config-invalid',
        path: `${path}.params`,
        message: `there is no extension that declares them: ${transportsText(spoken)}`
      }
    const web = vserver.http?.defaultLb === undefined ? undefined : lbs.get(vserver.http.defaultLb)
    if (web !== undefined && !httpServices.has(web.type)) {
      yield {
        code: 'config-invalid',
        path: `${path}.http.defaultLb`,
        message: `LB vserver '${web.name}' is of type ${web.type} and answers no HTTP requests; those that do: ${
          choices(true)
        }`
      }
    }
    for (const [field, name] of [['defaultLb', vserver.defaultLb], ...vserver.lbVservers.map((name, n) => [`lbVservers[${n}]`, name])] as const) {
      const lb = lbs.get(name!)
      if (lb === undefined || httpServices.has(lb.type) === pure) continue
      const message = pure
        ? `LB vserver '${name}' is of type ${lb.type} and answers no HTTP requests; those that do: ${choices(true)}`
        : `LB vserver '${name}' is of type ${lb.type}, and an extension's clients need another; there are: ${
          choices(false)
        }`
      yield { code: 'config-invalid', path: `${path}.${field}`, message }
    }
  }
}

/** Requests of many clients share a connection to an HTTP server, which a header in front of it would give to one of them. */
function * proxiedRequests (config: Config): Generator<Finding> {
  for (const { path, what, server: { type, proxyProtocol } } of serversOf(config)) {
    if (proxyProtocol === undefined || !httpServices.has(type)) continue
    yield { code: 'config-invalid', path: `${path}.proxyProtocol`, message: `requests of many clients share a connection to ${what} of type ${type}; its server learns of each from X-Forwarded-For and Forwarded` }
  }
}

function * bindings (config: Config): Generator<Finding> {
  const services = new Map([...serversOf(config)].map(each => [each.server.name, each]))
  for (const [i, lb] of config.lbVservers.entries()) {
    const seen = new Set<string>()
    for (const [n, { name }] of lb.services.entries()) {
      const path = `lbVservers[${i}].services[${n}].name`
      const service = services.get(name)
      if (service !== undefined && service.server.type !== lb.type) {
        yield { code: 'config-invalid', path, message: `${service.what} is of type ${service.server.type}, but LB vserver '${lb.name}' takes ${lb.type}` }
      }
      if (seen.has(name))
        yield {
          code: 'config-invalid',
          path,
          message: `${service?.what ?? `service '${name}'`} is bound twice; give it a weight instead`
        }
      seen.add(name)
    }
  }
}

function * unknownMethods (config: Config, methods: readonly string[]): Generator<Finding> {
  for (const [i, { method }] of config.lbVservers.entries()) {
    if (!methods.includes(method))
      yield {
        code: 'config-invalid',
        path: `lbVservers[${i}].method`,
        message: `expected one of ${describeChoices(methods)}; got "${method}"`
      }
  }
}

/** A backup takes over the same clients. */
function * backupKinds (config: Config): Generator<Finding> {
  const lbs = firstByName(config.lbVservers)
  for (const [i, { name, type, backup }] of config.lbVservers.entries()) {
    const other = backup === undefined ? undefined : lbs.get(backup)
    if (other === undefined || httpServices.has(other.type) === httpServices.has(type)) continue
    const choices = describeChoices(
      config.lbVservers.filter(each => each.name !== name && httpServices.has(each.type) === httpServices.has(type))
        .map(each => each.name)
    )
    const kind = httpServices.has(type)
      ? `answers no HTTP requests, as '${name}' does`
      : `serves no clients of an extension, as '${name}' does`
    yield {
      code: 'config-invalid',
      path: `lbVservers[${i}].backup`,
      message: `LB vserver '${backup}' is of type ${other.type} and ${kind}; those that do: ${choices}`
    }
  }
}

/** Clients spill over to somewhere. */
function * spillovers (config: Config): Generator<Finding> {
  for (const [i, { name, type, spillover, backup }] of config.lbVservers.entries()) {
    if (spillover === undefined || backup !== undefined) continue
    const choices = describeChoices(
      config.lbVservers.filter(each => each.name !== name && httpServices.has(each.type) === httpServices.has(type))
        .map(each => each.name)
    )
    yield {
      code: 'config-invalid',
      path: `lbVservers[${i}].spillover`,
      message: `needs a \`backup\`, to which clients spill over; there are: ${choices}`
    }
  }
}

/** Each cycle is reported once, at the first LB vserver on it. Every backup is followed once. */
function * backupCycles (config: Config): Generator<Finding> {
  const backups = new Map(config.lbVservers.map(lb => [lb.name, lb.backup]))
  const indices = new Map(config.lbVservers.map(({ name }, i) => [name, i]))
  const followed = new Set<string>()
  for (const { name } of config.lbVservers) {
    const chain = new Map<string, number>()
    let at: string | undefined = name
    while (at !== undefined && !followed.has(at)) {
      followed.add(at)
      chain.set(at, chain.size)
      at = backups.get(at)
    }
    const start = at === undefined ? undefined : chain.get(at)
    if (start === undefined) continue
    const cycle = [...chain.keys()].slice(start)
    const first = cycle.reduce((a, b) => indices.get(a)! <= indices.get(b)! ? a : b)
    const told = [...cycle.slice(cycle.indexOf(first)), ...cycle.slice(0, cycle.indexOf(first)), first]
    yield { code: 'config-invalid', path: `lbVservers[${indices.get(first)!}].backup`, message: `backups form a cycle: ${told.join(' → ')}` }
  }
}

/** A version cannot be tried beside itself. */
function * canaries (config: Config): Generator<Finding> {
  for (const [i, extension] of config.extensions.entries()) {
    if (extension.canary === undefined || !sameCode(extension, extension.canary)) continue
    yield {
      code: 'config-invalid',
      path: `extensions[${i}].canary`,
      message: `extension '${extension.name}' runs this code already; a canary needs other code`
    }
  }
}

/** In the order in which an operator should read the findings: a wrong name explains later ones. */
const rules: readonly ((config: Config, methods: readonly string[]) => Iterable<Finding>)[] = [
  duplicateNames,
  sharedNames,
  unknownReferences,
  serverAddresses,
  memberTwice,
  unknownMethods,
  takenAddresses,
  certkeyFields,
  monitorUses,
  monitorThresholds,
  vserverCertificates,
  vserverTlsFits,
  serviceTls,
  protocolExtensions,
  sharedPorts,
  webSockets,
  httpRoutes,
  proxiedRequests,
  bindings,
  backupKinds,
  backupCycles,
  spillovers,
  glbPools,
  glbBindings,
  persistenceKinds,
  ruleActionParts,
  rateLimits,
  canaries,
  triggerPatterns,
  sourceLists,
  requestGuards,
  accessChallenges,
  managedCheckFields
]
