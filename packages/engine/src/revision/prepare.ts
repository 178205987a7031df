import {
  emptyRecord,
  extensionAmong,
  lacksCertificate,
  lookUp,
  protocolsOf,
  type UserProtocol,
  type UserVserver
} from '@weirlb/model'
import type { Declaration, Guest } from '@weirlb/sdk/abi'
import {
  type CookieKeys,
  needsNodeSockets,
  serverLayers,
  tlsLayersInside,
  type Challenges,
  type ServerLayer,
  type SpokenProtocol
} from '@weirlb/link'
import { clientCookies } from '../balancing/client-cookies.ts'
import { passingNames } from '../balancing/routing.ts'
import type { FunctionPlan, RunningFunctions } from '../edge/running-functions.ts'
import type { EngineConfig, EngineExtension, EngineVersion, Ports } from '../engine-config.ts'
import type { EngineOptions } from '../engine-api.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import { askAboutParams } from '../extension/params-check.ts'
import type { ExtensionVersions } from '../extension/extension-versions.ts'
import { loadGuest, loadOptions } from '../extension/load-guest.ts'
import { checkDeclared, type DeclaredVersions, OF_CANARY, paramsOf, refuseParams } from './check-declared.ts'
import { refuseProbeParams, type ProbeParams } from './probe-params.ts'
import type { Pressures } from '../floods/pressures.ts'
import { GeoDatabase } from '../geo/geo-database.ts'
import type { Log } from '../log.ts'
import { ListenerSlot } from '../vserver/listener-slot.ts'

/**
 * The address where a user vserver will listen, and the layers on its clients' links; `tlsLayers`: when they ask for
 * TLS.
 */
export interface ListenerPlan {
  readonly slot: ListenerSlot
  readonly layers: readonly ServerLayer[]
  readonly tlsLayers: readonly ServerLayer[]
}

/** A version of an extension that is going to run: it runs already, or its guest is loaded. */
export interface VersionPlan {
  readonly version: EngineVersion
  readonly declaration: Declaration
  readonly host: ExtensionHost | undefined
  readonly guest: Guest | undefined
}

/** The versions of an extension that new connections are going to get. */
export interface ExtensionPlan { readonly current: VersionPlan, readonly canary: VersionPlan | undefined }

/** Parameters of a user vserver, checked against each version's declaration. */
export interface VserverParams { readonly current: Params, readonly canary: Params | undefined }
type Params = Readonly<Record<string, unknown>>

/** Everything of a revision that could have failed, done. */
export interface Prepared {
  readonly declarations: Readonly<Record<string, Declaration>>
  readonly ports: Ports
  readonly extensions: ReadonlyMap<string, ExtensionPlan>
  readonly functions: ReadonlyMap<string, FunctionPlan>
  /** By user vserver. */
  readonly params: ReadonlyMap<string, VserverParams>
  /** Parameters that extensions themselves have accepted. */
  readonly checkedParams: ReadonlySet<string>
  /** By user vserver; those that do not listen are missing. */
  readonly listeners: ReadonlyMap<string, ListenerPlan>
  /** Read, in the order of the configuration. */
  readonly geoDatabases: readonly GeoDatabase[]
  /** Undo it all. */
  discard (): void
}

/** The parts of the running revision that the next one takes over. */
export interface Present {
  readonly extensions: { readonly versions: ReadonlyMap<string, ExtensionVersions> }
  readonly functions: Pick<RunningFunctions, 'prepare'>
  /** By user vserver. */
  readonly slots: ReadonlyMap<string, ListenerSlot>
  /** Parameters that need no other check. */
  readonly checkedParams: ReadonlySet<string>
  readonly challenges: Challenges
  readonly cookieKeys: CookieKeys
  readonly pressures: Pressures
  readonly geoDatabases: readonly GeoDatabase[]
}

/** Do all of a revision that can fail, beside what is running. */
export const prepareRevision = async (
  config: EngineConfig,
  ports: Ports,
  options: EngineOptions,
  running: Present
): Promise<Prepared> => {
  const guests: { dispose(): void }[] = []
  const opened: ListenerSlot[] = []
  const discard = (): void => {
    for (const guest of guests) guest.dispose()
    for (const slot of opened) slot.close()
  }
  try {
    const plan = async (extension: EngineExtension, version: EngineVersion): Promise<VersionPlan> => {
      // The current version may have been the canary until now.
      const present = running.extensions.versions.get(extension.name)
      const host = [present?.current, present?.canary].find(host => host?.is(extension, version) === true)
      if (host !== undefined) return { version, declaration: host.declaration, host, guest: undefined }
      const guest = await loadGuest(options.runtime, version.bundle, loadOptions(extension, version))
      guests.push(guest)
      return { version, declaration: guest.declaration, host, guest }
    }
    const extensions = new Map<string, ExtensionPlan>()
    for (const extension of config.extensions) {
      const current = await plan(extension, extension)
      const canary = extension.canary === undefined ? undefined : await plan(extension, extension.canary)
      extensions.set(extension.name, { current, canary })
    }
    const functions = await running.functions.prepare(config, guests)
    const { declarations, probes } = await checkDeclared(config, declaredIn(extensions))
    const geoDatabases = await preparedDatabases(config, running.geoDatabases, options.log)
    const checkedParams = new Set<string>()
    const params = await preparedParams(config, extensions, options, running.checkedParams, checkedParams)
    await prepareProbes(probes, config, extensions, options, running.checkedParams, checkedParams)
    const listeners = await prepareListeners(config, extensions, ports, options, running, opened)
    const portsInUse = emptyRecord<number>()
    for (const [name, plan] of listeners) portsInUse[name] = plan.slot.listener!.port
    return {
      declarations,
      ports: portsInUse,
      extensions,
      functions,
      params,
      checkedParams,
      listeners,
      geoDatabases,
      discard
    }
  } catch (error) {
    discard()
    throw error
  }
}

/**
 * `checked` collects the parameters that extensions accepted; those in `before` already run, and are not checked
 * again.
 */
const preparedParams = async (
  config: EngineConfig,
  extensions: ReadonlyMap<string, ExtensionPlan>,
  { runtime }: EngineOptions,
  before: ReadonlySet<string>,
  checked: Set<string>
): Promise<Map<string, VserverParams>> => {
  const params = new Map<string, VserverParams>()
  for (const [index, vserver] of config.userVservers.entries()) {
    const inspecting = extensionAmong(protocolsIn(config, vserver))
    if (inspecting === undefined) continue
    const extension = config.extensions.find(e => e.name === inspecting)!
    const check = async ({ version, declaration, host, guest }: VersionPlan, whose: string): Promise<Params> => {
      const given = paramsOf(vserver, index, declaration, whose)
      if (!declaration.hooks.params) return given
      const key = JSON.stringify([extension.name, version.version, given])
      if (!checked.has(key) && (host === undefined || !before.has(key))) {
        const found = await askAboutParams(runtime, { extension, version, fresh: guest }, given)
        if (found.length > 0) return refuseParams(vserver, index, found, whose)
      }
      checked.add(key)
      return given
    }
    const { current, canary } = extensions.get(extension.name)!
    params.set(vserver.name, {
      current: await check(current, ''),
      canary: canary && await check(canary, OF_CANARY)
    })
  }
  return params
}

/** Have extensions check the parameters of their probes; `before` and `checked` are as for those of vservers. */
const prepareProbes = async (
  probes: readonly ProbeParams[],
  config: EngineConfig,
  extensions: ReadonlyMap<string, ExtensionPlan>,
  { runtime }: EngineOptions,
  before: ReadonlySet<string>,
  checked: Set<string>
): Promise<void> => {
  for (const { path, extension, params } of probes) {
    const { version, declaration, host, guest } = extensions.get(extension)!.current
    if (!declaration.probe!.checks) continue
    const key = JSON.stringify([extension, version.version, 'probe', params])
    if (!checked.has(key) && (host === undefined || !before.has(key))) {
      const found = await askAboutParams(
        runtime,
        { extension: config.extensions.find(({ name }) => name === extension)!, version, fresh: guest },
        params,
        'probe'
      )
      refuseProbeParams(found.map(issue => ({ path: `${path}.params.${issue.path}`, message: issue.message })))
    }
    checked.add(key)
  }
}

/**
 * Files that were read already are not read again. The control process has read them, so that one that cannot be read
 * is being replaced: a worker that starts meanwhile is without it.
 */
const preparedDatabases = async (
  { geoDatabases }: EngineConfig,
  before: readonly GeoDatabase[],
  log: Log
): Promise<readonly GeoDatabase[]> => {
  const found: GeoDatabase[] = []
  for (const file of geoDatabases) {
    const known = before.find(({ file: { name, mmdbFile, id } }) =>
      name === file.name && mmdbFile === file.mmdbFile && id === file.id
    )
    const database = known ?? await GeoDatabase.read(file).catch((error: unknown) => {
      log.error(
        { database: file.name, error: (error as Error).message },
        'a geo database cannot be read: this worker is without it'
      )
      return undefined
    })
    if (database !== undefined) found.push(database)
  }
  return found
}

const declaredIn = (extensions: ReadonlyMap<string, ExtensionPlan>): ReadonlyMap<string, DeclaredVersions> =>
  new Map([...extensions].map(([name, { current, canary }]) =>
    [name, { current: current.declaration, canary: canary?.declaration }]
  ))

/** Clients get the one version or the other, which then decides by its own. */
const beginsOf = ({ current, canary }: ExtensionPlan): SpokenProtocol['begins'] => {
  const { begins } = current.declaration.client
  if (canary === undefined || begins === undefined) return begins
  const other = canary.declaration.client.begins
  return other && [...begins, ...other]
}

/** Either version of the extension starts TLS. */
const startsTls = ({ current, canary }: ExtensionPlan): boolean =>
  current.declaration.startTls || canary?.declaration.startTls === true

const protocolsIn = ({ userProtocols }: EngineConfig, vserver: UserVserver): readonly UserProtocol[] =>
  protocolsOf(vserver, name => userProtocols.find(each => each.name === name))

/**
 * Listeners are kept where address, port and the kind of sockets stay the same, also when another vserver has them now.
 */
const prepareListeners = async (
  config: EngineConfig,
  extensions: ReadonlyMap<string, ExtensionPlan>,
  ports: Ports,
  options: EngineOptions,
  { slots, challenges, cookieKeys, pressures }: Present,
  opened: ListenerSlot[]
): Promise<Map<string, ListenerPlan>> => {
  const plans = new Map<string, ListenerPlan>()
  const present = new Map([...slots.values()].map(slot => [slot.key, slot]))
  const glbs = new Map(config.glbs.map(glb => [glb.name, glb]))
  for (const vserver of config.userVservers) {
    if (vserver.state !== 'enabled') continue
    const spoken = protocolsIn(config, vserver).map(({ name, transport, extension }): SpokenProtocol => {
      const versions = extension === undefined ? undefined : extensions.get(extension)!
      return {
        name,
        transport,
        speech: versions?.current.declaration.websocket,
        begins: versions && beginsOf(versions),
        startTls: versions !== undefined && startsTls(versions)
      }
    })
    if (lacksCertificate(vserver, spoken.map(({ transport }) => transport))) continue
    const before = slots.get(vserver.name)
    const secrets = {
      ...config,
      challenges,
      cookieKeys,
      cookies: clientCookies(vserver, config),
      pressure: pressures.of(vserver.name)
    }
    const layers = serverLayers(
      vserver,
      spoken,
      secrets,
      before?.layers ?? [],
      passingNames(vserver.glbs.map(name => glbs.get(name)!))
    )
    const tlsLayers = tlsLayersInside(vserver, spoken, secrets, layers, before?.tlsLayers ?? [])
    const nodeSockets = needsNodeSockets(vserver, spoken)
    const key = `${vserver.port === 0 ? `${vserver.name} ${vserver.address}` : `${vserver.address} ${vserver.port}`}${
      nodeSockets ? ' node' : ''
    }`
    let slot = present.get(key)
    if (slot === undefined) {
      slot = new ListenerSlot(key)
      const port = vserver.port === 0 ? lookUp(ports, vserver.name) ?? 0 : vserver.port
      slot.listener = await options.transport.listen({
        address: vserver.address,
        port,
        inherited: options.inherited?.(vserver.address, port),
        reusePort: options.reusePort,
        keepAlive: vserver.tcpKeepAlive,
        nodeSockets
      }, slot)
      opened.push(slot)
    }
    plans.set(vserver.name, { slot, layers, tlsLayers })
  }
  return plans
}
