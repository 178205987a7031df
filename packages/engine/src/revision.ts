import { WeirError } from '@weir/model'
import { checkParams, type Declaration, type Guest } from '@weir/sdk/abi'
import type { EngineConfig, EngineExtension, Ports } from './config.ts'
import type { EngineOptions } from './engine-api.ts'
import type { ExtensionHost } from './extension/extension-host.ts'
import { loadGuest, loadOptions } from './extension/load-guest.ts'
import type { TlsServerOptions } from './link/transport.ts'
import { ListenerSlot } from './vserver/listener-slot.ts'
import { tlsServerOptions } from './vserver/tls-options.ts'

/** Where a user vserver is going to listen. */
export interface ListenerPlan { readonly slot: ListenerSlot, readonly tls: TlsServerOptions | undefined }

/** Everything of a revision that could have failed, done. */
export interface Prepared {
  readonly declarations: Readonly<Record<string, Declaration>>
  readonly ports: Ports
  /** Guests of extensions that are new or changed. */
  readonly guests: ReadonlyMap<string, Guest>
  readonly params: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  /** By user vserver; those that do not listen are missing. */
  readonly listeners: ReadonlyMap<string, ListenerPlan>
  /** Undo it all. */
  discard (): void
}

/** Do all of a revision that can fail, beside what is running. */
export const prepareRevision = async (
  config: EngineConfig, ports: Ports, options: EngineOptions, hosts: ReadonlyMap<string, ExtensionHost>, slots: ReadonlyMap<string, ListenerSlot>
): Promise<Prepared> => {
  const guests = new Map<string, Guest>()
  const opened: ListenerSlot[] = []
  const discard = (): void => {
    for (const guest of guests.values()) guest.dispose()
    for (const slot of opened) slot.close()
  }
  try {
    const declarations: Record<string, Declaration> = {}
    for (const extension of config.extensions) {
      const host = hosts.get(extension.name)
      if (host !== undefined && isSame(host, extension)) {
        declarations[extension.name] = host.declaration
        continue
      }
      const guest = await loadGuest(options.runtime, extension.bundle, loadOptions(extension))
      guests.set(extension.name, guest)
      declarations[extension.name] = guest.declaration
    }
    const params = preparedParams(config, declarations)
    const listeners = await prepareListeners(config, ports, options, slots, opened)
    const portsInUse: Record<string, number> = {}
    for (const [name, plan] of listeners) portsInUse[name] = plan.slot.listener!.port
    return { declarations, ports: portsInUse, guests, params, listeners, discard }
  } catch (error) {
    discard()
    throw error
  }
}

const isSame = (host: ExtensionHost, extension: EngineExtension): boolean =>
  host.bundle.code === extension.bundle.code && JSON.stringify(host.options) === JSON.stringify(loadOptions(extension))

const preparedParams = (config: EngineConfig, declarations: Readonly<Record<string, Declaration>>): Map<string, Readonly<Record<string, unknown>>> => {
  const params = new Map<string, Readonly<Record<string, unknown>>>()
  config.userVservers.forEach((vserver, index) => {
    const protocol = config.userProtocols.find(p => p.name === vserver.protocol)!
    const checked = checkParams(declarations[protocol.extension]!, vserver.params)
    if (!checked.ok) {
      const issues = checked.issues.map(i => ({ path: `userVservers[${index}].params.${i.path}`, message: i.message }))
      throw new WeirError('params-invalid', `user vserver '${vserver.name}': ${issues.map(i => i.message).join('; ')}`, { issues })
    }
    params.set(vserver.name, checked.params)
  })
  return params
}

/** Listeners are kept where address, port and TLS stay the same, also when another vserver has them now. */
const prepareListeners = async (
  config: EngineConfig, ports: Ports, options: EngineOptions, slots: ReadonlyMap<string, ListenerSlot>, opened: ListenerSlot[]
): Promise<Map<string, ListenerPlan>> => {
  const plans = new Map<string, ListenerPlan>()
  const present = new Map([...slots.values()].map(slot => [slot.key, slot]))
  for (const vserver of config.userVservers) {
    if (vserver.state !== 'enabled') continue
    const protocol = config.userProtocols.find(p => p.name === vserver.protocol)!
    const tls = protocol.transport === 'ssl' ? tlsServerOptions(vserver, config.certkeys) : undefined
    if (tls !== undefined) options.transport.checkTls(tls)
    const key = vserver.port === 0
      ? `${vserver.name} ${vserver.address} ${protocol.transport}`
      : `${vserver.address} ${vserver.port} ${protocol.transport}`
    let slot = present.get(key)
    if (slot === undefined) {
      slot = new ListenerSlot(key)
      slot.listener = await options.transport.listen({
        address: vserver.address,
        port: vserver.port === 0 ? ports[vserver.name] ?? 0 : vserver.port,
        reusePort: options.reusePort,
        tls
      }, slot)
      opened.push(slot)
    }
    plans.set(vserver.name, { slot, tls })
  }
  return plans
}
