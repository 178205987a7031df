import {
  type FloodControl,
  type FloodControlId,
  floodControls,
  floodControlIds,
  floodSetting,
  heldVserver,
  type ManagedCheck,
  managedChecksOf,
  managedRules,
  type RateLimit,
  type Rule,
  type UserVserver,
  vserverHttp,
  vserverWebSocket
} from '@weirlb/model'
import type { Stats } from '@weirlb/core'

/** A control against floods as the API shows it. */
export interface FloodControlView extends Pick<FloodControl, 'attack' | 'bounds' | 'keeper'> {
  readonly id: string
  readonly settings: readonly {
    readonly path: string
    readonly value?: number | undefined
    readonly defending?: number | undefined
  }[]
  /** Rules, rate limits and managed checks that are part of it at these user vservers: `rate-limit/mqtt-publishes`. */
  readonly heldBy: readonly string[]
  /** User vservers that have it switched off. */
  readonly offAt: readonly string[]
  readonly acted: number
}

/** What may be part of controls. */
export interface FloodHolders {
  readonly rules: readonly Rule[]
  readonly rateLimits: readonly RateLimit[]
  readonly managedChecks: readonly ManagedCheck[]
}

/** Most names that one control has. */
const MAX_HOLDERS = 100

const heldBy = (
  vservers: readonly UserVserver[],
  { rules, rateLimits, managedChecks }: FloodHolders
): ReadonlyMap<FloodControlId, readonly string[]> => {
  const names = vservers.map(({ name }) => name)
  const found = new Map<FloodControlId, string[]>()
  const add = (kind: string, { name, state, floodControl, vservers: bound }: Rule | RateLimit): void => {
    if (
      floodControl === undefined || (state !== 'enabled' && state !== 'simulated') ||
      (bound.length > 0 && !bound.some(each => names.includes(each)))
    ) return
    const list = found.get(floodControl) ?? []
    found.set(floodControl, list)
    if (list.length < MAX_HOLDERS) list.push(`${kind}/${name}`)
  }
  for (const rule of rules) add('rule', rule)
  for (const limit of rateLimits) add('rate-limit', limit)
  for (const check of new Set(names.flatMap(name => managedChecksOf(managedChecks, name))))
    for (const rule of managedRules(check))
      add('managed-check', rule)
  return found
}

/** A user vserver with the sections that it has by default. */
const whole = (vserver: UserVserver): UserVserver => ({
  ...vserver,
  http: vserver.http ?? vserverHttp.parse({}),
  websocket: vserver.websocket ?? vserverWebSocket.parse({})
})

/** Returns every control at some user vservers. Of one alone the numbers are shown. */
export const floodView = (
  vservers: readonly UserVserver[],
  { userVservers, extensions }: Pick<Stats, 'userVservers' | 'extensions'>,
  holders: FloodHolders
): readonly FloodControlView[] => {
  const held = heldBy(vservers, holders)
  const [only] = vservers.length === 1 ? vservers.map(whole) : []
  const calm = only && heldVserver(only, false)
  const tight = only && heldVserver(only, true)
  return floodControlIds.map(id => {
    const { attack, bounds, keeper, settings }: FloodControl = floodControls[id]
    const acted = vservers.reduce(
      (sum, { name }) => sum + ((Object.hasOwn(userVservers, name) ? userVservers[name]?.floods[id] : undefined) ?? 0),
      0
    )
    return {
      id,
      attack,
      bounds,
      keeper,
      settings: settings.map(({ path }) => ({
        path,
        value: calm && floodSetting(calm, path),
        defending: tight && floodSetting(tight, path)
      })),
      heldBy: held.get(id) ?? [],
      offAt: vservers.flatMap(({ name, floods }) =>
        (settings.length > 0 || keeper === 'extension') && floods.off.includes(id) ? [name] : []
      ),
      acted: id === 'D027'
        ? Object.values(extensions).reduce((sum, { timeouts, memoryKills }) => sum + timeouts + memoryKills, 0)
        : acted
    }
  })
}
