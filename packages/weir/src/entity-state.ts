import { collections, lookUp, modeOf, WeirError, type CollectionName, type Config, type Entity } from '@weirlb/model'
import type { EngineStats, VersionStats } from '@weirlb/engine'
import { certificateFacts, type CertificateFacts } from '@weirlb/link'
import { findAmongMany } from './config/entities.ts'
import type { ExtensionHistory } from './config/extension-history.ts'
import type { Revision } from './config/revisions.ts'
import type { ServiceStatus } from './prober.ts'
import { versionState } from './stats/extension-budget.ts'
import type { EntityState, VersionState } from './weir-api.ts'

/** What states are made from, read at one moment. */
export interface Snapshot {
  readonly revision: Revision
  readonly stats: EngineStats
  /** Milliseconds since 1970 (UTC). */
  readonly timeMs: number
  service (name: string): ServiceStatus
  /** What was last heard of an extension that is not up. */
  extensionMessage (name: string, version: number): string | undefined
}

/** Each collection's own answer to "how is this entity now?". */
const states: { readonly [C in CollectionName]: (entity: Entity<C>, now: Snapshot) => EntityState } = {
  extensions: (extension, now) => {
    const { name } = extension
    const history = lookUp(now.revision.histories, name)!
    const counts = lookUp(now.stats.extensions, name)?.versions ?? {}
    const shown = { declaration: lookUp(now.revision.declarations, name), ...versionsOf(history, counts) }
    const status = versionState(counts[history.current])
    return status === 'up' ? { status, ...shown } : { status, reason: now.extensionMessage(name, history.current) ?? `it is loaded nowhere (mode ${modeOf(extension)})`, ...shown }
  },

  userProtocols: (protocol, now) => {
    const extension = stateOf(now, 'extensions', protocol.extension)
    return extension.status === 'up' ? { status: 'up' } : { status: 'down', reason: `extension '${protocol.extension}' is ${extension.status}` }
  },

  certkeys: ({ name }, now) => {
    const { contents, stale } = now.revision.certkeys.get(name)!
    const { cert, key, ca, psk } = contents
    const certificate = factsOf(cert)?.[0]
    const shown = { hasKey: key !== undefined || psk !== undefined, certificate, authorities: factsOf(ca) }
    if (cert !== undefined && certificate === undefined) return { status: 'down', reason: '`cert` cannot be read', ...shown }
    const ended = certificate !== undefined && Date.parse(certificate.notAfter) <= now.timeMs
    if (stale !== undefined) return { status: 'stale', reason: `what its files held before is in use: ${stale}`, ...shown }
    return ended ? { status: 'expired', reason: `its certificate ended at ${certificate.notAfter}`, ...shown } : { status: 'up', ...shown }
  },

  services: (service, now) => {
    if (service.state !== 'enabled') return { status: service.state }
    const { health, reason } = now.service(service.name)
    switch (health) {
      case 'up': return { status: 'up' }
      case 'down': return { status: 'down', reason: reason ?? 'its monitors fail' }
      case 'unknown': return { status: 'unknown', reason: 'no probe has ended yet' }
      case 'failing': return { status: 'unknown', reason: `no verdict yet: ${reason ?? 'its monitors fail'}` }
    }
  },

  lbVservers: (lb, now) => {
    if (lb.state === 'disabled') return { status: 'disabled' }
    const reason = whyNoService(lb, now)
    if (reason === undefined) return { status: 'up' }
    if (lb.backup === undefined) return { status: 'down', reason }
    const backup = stateOf(now, 'lbVservers', lb.backup)
    return backup.status === 'up'
      ? { status: 'up', reason: `${reason}; backup '${lb.backup}' answers` }
      : { status: 'down', reason: `${reason}; backup '${lb.backup}' is ${backup.status}` }
  },

  userVservers: (vserver, now) => {
    if (vserver.state !== 'enabled') return { status: vserver.state }
    if (lacksCertificate(vserver, now.revision.config)) return { status: 'down', reason: 'no certificate' }
    const port = lookUp(now.revision.ports, vserver.name)
    const listening = port === undefined ? undefined : { address: vserver.address, port }
    const extension = extensionOf(now.revision.config, vserver.protocol)
    if (extension !== undefined) {
      const { status, reason } = stateOf(now, 'extensions', extension)
      const failOpen = findAmongMany(now.revision.config, 'extensions', extension)?.failOpen === true ? '; new clients are tunnelled (failOpen)' : ''
      if (status === 'down') return { status: 'extension-down', reason: `extension '${extension}' is down: ${reason}${failOpen}`, listening }
    }
    const lb = stateOf(now, 'lbVservers', vserver.defaultLb)
    return lb.status === 'up'
      ? { status: 'up', listening }
      : { status: 'down', reason: `LB vserver '${vserver.defaultLb}' is ${lb.status}${lb.reason === undefined ? '' : `: ${lb.reason}`}`, listening }
  }
}

/** How an entity is now. Throws `not-found`. */
export const stateOf = (now: Snapshot, collection: CollectionName, name: string): EntityState => {
  const entity = findAmongMany(now.revision.config, collection, name)
  if (entity === undefined) throw new WeirError('not-found', `no ${collections[collection].noun} '${name}'`)
  return (states[collection] as (entity: Entity<CollectionName>, now: Snapshot) => EntityState)(entity, now)
}

/** Undefined for what cannot be read: nobody would take it now, but an earlier Weir may have. */
const factsOf = (pem: string | undefined): CertificateFacts[] | undefined => {
  try { return pem === undefined ? undefined : certificateFacts(pem) } catch { return undefined }
}

/** Versions that new connections get, and those that still have some. */
const versionsOf = (history: ExtensionHistory, counts: Readonly<Record<string, VersionStats>>): Pick<EntityState, 'versions' | 'previous' | 'canary'> => {
  const none: VersionStats = { up: 0, down: 0, connections: 0, accepted: 0, errors: 0 }
  const living = new Set([history.current, ...(history.canary === undefined ? [] : [history.canary])])
  for (const [version, { connections, up, down }] of Object.entries(counts)) if (connections + up + down > 0) living.add(Number(version))
  const versions = [...living].sort((a, b) => b - a).map((version): VersionState => ({
    ...history.versions.find(v => v.version === version),
    version,
    state: version === history.current ? 'current' : version === history.canary ? 'canary' : 'retired',
    ...none,
    ...counts[version]
  }))
  const { lastCanary } = history
  const canary = history.canary !== undefined
    ? { version: history.canary, state: 'running' as const }
    : lastCanary && { version: lastCanary.version, state: lastCanary.outcome, reason: lastCanary.reason, at: lastCanary.at }
  return { versions, previous: history.previous.map(({ version }) => version), canary }
}

const whyNoService = (lb: Entity<'lbVservers'>, now: Snapshot): string | undefined => {
  if (lb.services.length === 0) return 'no service is bound'
  const states = lb.services.map(({ name }) => ({ name, status: stateOf(now, 'services', name).status }))
  // What is unknown is used where nothing is up.
  return states.some(s => s.status === 'up' || s.status === 'unknown') ? undefined : `no service is up (${states.map(s => `${s.name}: ${s.status}`).join(', ')})`
}

/** It begins to listen when it has one. */
const lacksCertificate = (vserver: Entity<'userVservers'>, config: Config): boolean =>
  vserver.certificates.length === 0 && findAmongMany(config, 'userProtocols', vserver.protocol)?.transport === 'ssl'

const extensionOf = (config: Config, protocol: string): string | undefined => findAmongMany(config, 'userProtocols', protocol)?.extension
