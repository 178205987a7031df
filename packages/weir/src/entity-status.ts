import {
  collections,
  extensionAmong,
  hasMembers,
  lacksCertificate,
  layersOf,
  lookUp,
  modeOf,
  protocolsOf,
  usedBy,
  WeirError,
  type CollectionName,
  type Config,
  type Entity
} from '@weirlb/model'
import { limitFit, ruleFit, type RuleFit, type VersionStats } from '@weirlb/engine'
import type { Declaration } from '@weirlb/sdk/abi'
import { knownHealth, type MonitorStatus, type ServiceHealthDetail } from '@weirlb/health'
import { certificateFacts, steadyClock, type CertificateFacts } from '@weirlb/link'
import type { AcmeStatus } from './acme/acme-status.ts'
import { findAmongMany } from './config/entities.ts'
import { functionHistory } from './config/extension-history.ts'
import { placesKnown } from './config/geo-files.ts'
import { missingPlaces, needsOfSources, needsOfTexts, textsOf } from './config/geo-needs.ts'
import { probedServices } from './config/membership.ts'
import type { ExtensionHistory } from './storage/extension-history.ts'
import type { Revision } from './config/revisions.ts'
import { managedStatus, type ManagedNow } from './managed/managed-status.ts'
import { groupStatus, namesOf, serverStatus, type ServersNow, serversUp } from './server-status.ts'
import { versionStatus } from './stats/extension-budget.ts'
import type { EntityStatus, NamedStatus, VersionStatus } from './api/entity-status.ts'

/** The data for a status, read at one moment. */
export interface Snapshot extends ServersNow, ManagedNow {
  /** Milliseconds since 1970 (UTC). */
  readonly timeMs: number
  /** Undefined for a service that is not probed. */
  detail (service: string): ServiceHealthDetail | undefined
  /** Undefined for a certkey that is not ordered. */
  acme (certkey: string): AcmeStatus | undefined
  /** Returns the last message about an extension that is not up. */
  extensionMessage (name: string, version: number): string | undefined
  /** Returns since when an entity has this status (milliseconds since 1970); undefined where nobody keeps the time. */
  since (collection: CollectionName, name: string, value: string): number | undefined
}

/** The status of an entity, by collection. */
const statuses: { readonly [C in CollectionName]: (entity: Entity<C>, now: Snapshot) => EntityStatus } = {
  extensions: (extension, now) => {
    const { name } = extension
    const history = lookUp(now.revision.histories, name)!
    const counts = lookUp(now.stats.extensions, name)?.versions ?? {}
    const shown = { declaration: lookUp(now.revision.declarations, name), ...versionsOf(history, counts) }
    const value = versionStatus(counts[history.current])
    return value === 'up'
      ? { value, ...shown }
      : {
        value,
        reason: now.extensionMessage(name, history.current) ?? `it is loaded nowhere (mode ${modeOf(extension)})`,
        ...shown
      }
  },

  userProtocols: (protocol, now) => {
    if (protocol.extension === undefined) return { value: 'up' }
    const extension = statusOf(now, 'extensions', protocol.extension)
    return extension.value === 'up' ? { value: 'up' } : { value: 'down', reason: `extension '${protocol.extension}' is ${extension.value}` }
  },

  certkeys: ({ name }, now) => {
    const { contents, stale } = now.revision.certkeys.get(name)!
    const { cert, key, ca, psk } = contents
    const certificate = factsOf(cert)?.[0]
    const acme = now.acme(name)
    const shown = { hasKey: key !== undefined || psk !== undefined, certificate, authorities: factsOf(ca), acme }
    if (acme !== undefined && cert === undefined) return { value: 'down', reason: noCertificateYet(acme), ...shown }
    if (cert !== undefined && certificate === undefined) return { value: 'down', reason: '`cert` cannot be read', ...shown }
    const ended = certificate !== undefined && Date.parse(certificate.notAfter) <= now.timeMs
    if (stale !== undefined) return { value: 'stale', reason: `what its files held before is in use: ${stale}`, ...shown }
    if (ended) return { value: 'expired', reason: `its certificate ended at ${certificate.notAfter}`, ...shown }
    if (acme?.state === 'failing') return { value: 'stale', reason: `the certificate before is in use: ${acme.reason}`, ...shown }
    return { value: 'up', ...shown }
  },

  monitors: ({ name }, now) => {
    const found = (monitorStates(now).get(name) ?? []).map(({ service, monitor }) => ({
      service,
      health: knownHealth(monitor.health),
      reason: monitor.reason
    }))
    if (found.length === 0) return { value: 'unused', reason: 'no service is probed by it' }
    const of = (health: string): string[] => found.filter(each => each.health === health).map(({ service }) => service)
    const [down, unknown] = [of('down'), of('unknown')]
    if (down.length > 0)
      return {
        value: 'down',
        reason: `service '${down[0]!}'${down.length === 1 ? '' : ` and ${down.length - 1} more`}: ${
          found.find(({ service }) => service === down[0])!.reason ?? 'it fails'
        }`
      }
    return unknown.length > 0
      ? {
        value: 'unknown',
        reason: `no result yet of service '${unknown[0]!}'${
          unknown.length === 1 ? '' : ` and ${unknown.length - 1} more`
        }`
      }
      : { value: 'up' }
  },

  services: (service, now) =>
    hasMembers(service)
      ? groupStatus(service, [service.address], now)
      : { ...serverStatus(service, now), names: namesOf([service.address], now) },

  serviceGroups: (group, now) => groupStatus(group, group.members.map(({ address }) => address), now),

  lbVservers: (lb, now) => {
    if (lb.state === 'disabled') return { value: 'disabled' }
    const reason = whyNoService(lb, now)
    if (reason === undefined) return { value: 'up' }
    if (lb.backup === undefined) return { value: 'down', reason }
    const backup = statusOf(now, 'lbVservers', lb.backup)
    return backup.value === 'up'
      ? { value: 'up', reason: `${reason}; backup '${lb.backup}' answers` }
      : { value: 'down', reason: `${reason}; backup '${lb.backup}' is ${backup.value}` }
  },

  glbs: (glb, now) => {
    if (glb.state === 'disabled') return { value: 'disabled' }
    const found = glb.pools.map(({ name, minimumUp }) => ({ name, up: servicesUp(name, now), minimumUp }))
    const out = found.filter(({ up, minimumUp }) => up < minimumUp)
    const outText = out.map(({ name, up, minimumUp }) => `pool '${name}' has ${up} of ${minimumUp} services that it needs`).join(', ')
    if (out.length === 0) return { value: 'up' }
    const serving = found.find(({ up, minimumUp }) => up >= minimumUp)
    if (serving !== undefined) return { value: 'up', reason: `${outText}; pool '${serving.name}' serves` }
    return glb.fallback === undefined ? { value: 'down', reason: outText } : { value: 'up', reason: `${outText}; fallback '${glb.fallback}' serves` }
  },

  geoDatabases: ({ name }, now) => {
    const { file, stale, builtAt, knows } = now.revision.geo.databases.get(name)!
    const shown = { knows: [...knows.countries ? ['countries' as const] : [], ...knows.asns ? ['autonomous-systems' as const] : []], builtAt }
    if (stale === undefined) return { value: 'up', ...shown }
    return { value: file === undefined ? 'down' : 'stale', reason: file === undefined ? stale : `the file before is in use: ${stale}`, ...shown }
  },

  lists: ({ name, expires }, now) => {
    const ended = Object.values(expires).filter(end => Date.parse(end) <= steadyClock.now()).length
    const reason = ended === 0 ? undefined : `${ended} of its items have ended`
    return usedBy(now.revision.config, 'lists', name).length === 0
      ? { value: 'unused', reason: 'no rule, access rule or lockdown names it' }
      : { value: 'up', reason }
  },

  accessRules: ({ source, state, expiresAt }, now) => {
    if (state === 'disabled') return { value: 'disabled' }
    if (expiresAt !== undefined && Date.parse(expiresAt) <= steadyClock.now()) return { value: 'expired', reason: `it ended at ${expiresAt}` }
    const missing = missingPlaces(needsOfSources(now.revision.config, [source]), placesKnown(now.revision.geo))
    return missing === undefined ? { value: 'up' } : { value: 'inactive', reason: missing }
  },

  lockdowns: ({ sources, state }, now) => {
    if (state === 'disabled') return { value: 'disabled' }
    const missing = missingPlaces(needsOfSources(now.revision.config, sources), placesKnown(now.revision.geo))
    return { value: 'up', reason: missing === undefined ? undefined : `nobody is let in by some of its sources: ${missing}` }
  },

  userAgentRules: ({ state }) => ({ value: state === 'disabled' ? 'disabled' : 'up' }),

  rules: (rule, now) => fittingStatus(rule, now, declaration => ruleFit(rule, now.revision.config.lists, declaration)),

  rateLimits: (limit, now) => fittingStatus(limit, now, declaration => limitFit(limit, now.revision.config.lists, declaration)),

  edgeFunctions: ({ name }, now) => {
    const { up = 0, down = 0 } = lookUp(now.stats.edgeFunctions, name) ?? {}
    const { current, previous } = lookUp(now.revision.histories, functionHistory(name))!
    const shown = { version: current, previous: previous.map(({ version }) => version) }
    if (up > 0 && down === 0) return { value: 'up', ...shown }
    return {
      value: 'down',
      reason: down > 0
        ? `${down} of ${up + down} workers took it out of service after repeated failures`
        : 'it is loaded nowhere',
      ...shown
    }
  },

  triggers: (trigger, now) => {
    if (trigger.state === 'disabled') return { value: 'disabled' }
    const { value, reason } = trigger.function === undefined ? { value: 'up' } : statusOf(now, 'edgeFunctions', trigger.function)
    return value === 'up' ? { value } : { value: 'down', reason: `edge function '${trigger.function}' is down: ${reason}` }
  },

  managedChecks: managedStatus,

  userVservers: (vserver, now) => {
    if (vserver.state !== 'enabled') return { value: vserver.state }
    if (waitsForCertificate(vserver, now.revision.config)) return { value: 'down', reason: 'no certificate' }
    const port = lookUp(now.revision.ports, vserver.name)
    const listening = port === undefined ? undefined : { address: vserver.address, port }
    const awaited = awaitedBy(vserver, now.revision)
    if (awaited !== undefined) return { value: 'down', reason: `certkey '${awaited}': ${statusOf(now, 'certkeys', awaited).reason}`, listening }
    const extension = extensionAmong(spokenBy(vserver, now.revision.config))
    if (extension !== undefined) {
      const { value, reason } = statusOf(now, 'extensions', extension)
      const failOpen = findAmongMany(now.revision.config, 'extensions', extension)?.failOpen === true ? '; new clients are tunnelled (failOpen)' : ''
      if (value === 'down') return { value: 'extension-down', reason: `extension '${extension}' is down: ${reason}${failOpen}`, listening }
    }
    const lb = statusOf(now, 'lbVservers', vserver.defaultLb)
    if (lb.value === 'up') return { value: 'up', listening }
    const reason = `LB vserver '${vserver.defaultLb}' is ${lb.value}${lb.reason === undefined ? '' : `: ${lb.reason}`}`
    const serving = vserver.glbs.find(name => statusOf(now, 'glbs', name).value === 'up')
    return serving === undefined
      ? { value: 'down', reason, listening }
      : { value: 'up', reason: `${reason}; clients of GLB '${serving}' are served`, listening }
  }
}

/** Of what is looked at where the extension of a user vserver has its fields. */
const fittingStatus = (
  entity: Entity<'rules' | 'rateLimits'>,
  now: Snapshot,
  fit: (declaration: Declaration | undefined) => RuleFit
): EntityStatus => {
  const { config, declarations } = now.revision
  const bound = config.userVservers.filter(({ name }) => entity.vservers.length === 0 || entity.vservers.includes(name))
  const fits = bound.map(vserver => {
    const extension = extensionAmong(spokenBy(vserver, config))
    return { name: vserver.name, ...fit(extension === undefined ? undefined : lookUp(declarations, extension)) }
  })
  const phase = fits.find(each => each.phase !== undefined)?.phase
  const active = fits.filter(each => each.phase !== undefined).map(({ name }) => name)
  if (entity.state === 'draft' || entity.state === 'disabled')
    return {
      value: entity.state,
      reason: active.length > 0 ? undefined : fits.find(({ fault }) => fault !== undefined)?.fault,
      phase
    }
  if (active.length === 0) return { value: 'inactive', reason: fits[0]?.fault ?? 'there is no user vserver', phase }
  const missing = missingPlaces(needsOfTexts(textsOf(entity)), placesKnown(now.revision.geo))
  if (missing !== undefined) return { value: 'inactive', reason: missing, phase }
  return { value: entity.state === 'simulated' ? 'simulated' : 'up', phase, userVservers: active }
}

/** How an entity is now. Throws `not-found`. */
export const statusOf = (now: Snapshot, collection: CollectionName, name: string): EntityStatus => {
  const entity = findAmongMany(now.revision.config, collection, name)
  if (entity === undefined) throw new WeirError('not-found', `no ${collections[collection].noun} '${name}'`)
  return (statuses[collection] as (entity: Entity<CollectionName>, now: Snapshot) => EntityStatus)(entity, now)
}

/** The same, with the time of its last change. */
export const datedStatusOf = (now: Snapshot, collection: CollectionName, name: string): EntityStatus => {
  const status = statusOf(now, collection, name)
  const since = now.since(collection, name, status.value)
  return since === undefined ? status : { ...status, since: new Date(since).toISOString() }
}

/** How all entities of a collection are now. */
export const statusesOf = (now: Snapshot, collection: CollectionName): readonly NamedStatus[] =>
  now.revision.config[collection].map(({ name }) => ({ name, status: datedStatusOf(now, collection, name) }))

/** The states of every monitor with a name, at each service; gone through once for a snapshot. */
const states = new WeakMap<Snapshot, ReadonlyMap<string, readonly { readonly service: string, readonly monitor: MonitorStatus }[]>>()
const monitorStates = (now: Snapshot): ReadonlyMap<string, readonly { readonly service: string, readonly monitor: MonitorStatus }[]> => {
  const known = states.get(now)
  if (known !== undefined) return known
  const found = new Map<string, { service: string, monitor: MonitorStatus }[]>()
  for (const { name: service } of probedServices(now.revision.membership)) {
    for (const monitor of now.detail(service)?.monitors ?? []) {
      if (monitor.name === undefined) continue
      const there = found.get(monitor.name)
      if (there === undefined) found.set(monitor.name, [{ service, monitor }])
      else there.push({ service, monitor })
    }
  }
  states.set(now, found)
  return found
}

/** Undefined for an unreadable text: it would be refused now, but an earlier Weir may have accepted it. */
const factsOf = (pem: string | undefined): CertificateFacts[] | undefined => {
  try { return pem === undefined ? undefined : certificateFacts(pem) } catch { return undefined }
}

/** Versions that new connections get, and those that still have some. */
const versionsOf = (
  history: ExtensionHistory,
  counts: Readonly<Record<string, VersionStats>>
): Pick<EntityStatus, 'versions' | 'previous' | 'canary'> => {
  const none: VersionStats = { up: 0, down: 0, connections: 0, accepted: 0, errors: 0 }
  const living = new Set([history.current, ...(history.canary === undefined ? [] : [history.canary])])
  for (const [version, { connections, up, down }] of Object.entries(counts)) if (connections + up + down > 0) living.add(Number(version))
  const versions = [...living].sort((a, b) => b - a).map((version): VersionStatus => ({
    ...history.versions.find(v => v.version === version),
    version,
    status: version === history.current ? 'current' : version === history.canary ? 'canary' : 'retired',
    ...none,
    ...counts[version]
  }))
  const { lastCanary } = history
  const canary = history.canary !== undefined
    ? { version: history.canary, status: 'running' as const }
    : lastCanary && { version: lastCanary.version, status: lastCanary.outcome, reason: lastCanary.reason, at: lastCanary.at }
  return { versions, previous: history.previous.map(({ version }) => version), canary }
}

const whyNoService = (lb: Entity<'lbVservers'>, now: Snapshot): string | undefined => {
  if (lb.services.length === 0) return 'no service is bound'
  if (serversUp(lb.name, now) > 0) return undefined
  const found = lb.services.map(({ name }) =>
    `${name}: ${
      statusOf(
        now,
        findAmongMany(now.revision.config, 'services', name) === undefined ? 'serviceGroups' : 'services',
        name
      ).value
    }`
  )
  return `no service is up (${found.join(', ')})`
}

/** Services of a pool, or of its backup where it has none, that take clients. */
const servicesUp = (name: string, now: Snapshot): number => {
  const lb = findAmongMany(now.revision.config, 'lbVservers', name)!
  const up = lb.state === 'disabled' ? 0 : serversUp(name, now)
  return up === 0 && lb.backup !== undefined ? servicesUp(lb.backup, now) : up
}

const waitsForCertificate = (vserver: Entity<'userVservers'>, config: Config): boolean => {
  return lacksCertificate(vserver, spokenBy(vserver, config).map(({ transport }) => transport))
}

const noCertificateYet = ({ state, reason }: AcmeStatus): string =>
  `no certificate yet${state === 'ordering' ? ': it is being ordered' : ''}${
    reason === undefined ? '' : `${state === 'ordering' ? '; before: ' : ': '}${reason}`
  }`

/** The first certkey of a vserver whose certificates are all yet to be issued, if TLS is all that it has. */
const awaitedBy = (vserver: Entity<'userVservers'>, { config, certkeys }: Revision): string | undefined => {
  if (vserver.tls.psk.length > 0 || vserver.certificates.some(name => certkeys.get(name)!.contents.cert !== undefined)) return undefined
  return spokenBy(vserver, config).every(({ transport }) => layersOf(transport).includes('tls')) ? vserver.certificates[0] : undefined
}

const spokenBy = (vserver: Entity<'userVservers'>, config: Config): readonly Entity<'userProtocols'>[] =>
  protocolsOf(vserver, name => findAmongMany(config, 'userProtocols', name))
