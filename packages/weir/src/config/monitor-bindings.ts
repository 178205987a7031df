import {
  collections,
  describeChoices,
  monitorBinding,
  parseSettings,
  service,
  WeirError,
  type CollectionName,
  type MonitorUse
} from '@weirlb/model'
import { isDeepStrictEqual } from 'node:util'

/** Collections whose entities bind monitors. */
export type BindingCollection = 'services' | 'serviceGroups' | 'lbVservers'

/** What binds monitors. */
interface Binder { readonly name: string, readonly monitors: readonly MonitorUse[] }

/** Monitors of one that has none in its configuration. */
const byDefault = (collection: BindingCollection): readonly MonitorUse[] =>
  collection === 'lbVservers' ? [] : service.shape.monitors.parse(undefined)

const isNamed = (name: string) => (use: MonitorUse): boolean => use.type === 'named' && use.name === name
const nounOf = (collection: CollectionName): string => collections[collection].noun

/**
 * Returns the monitors of an entity with one more, which takes the place of the default probe. Throws `config-invalid`,
 * and `name-taken` where it is bound already and `again` does not change its weight.
 */
export const monitorBound = (
  collection: BindingCollection,
  { name, monitors }: Binder,
  binding: unknown,
  again: 'refuse' | 'change' = 'refuse'
): readonly MonitorUse[] => {
  const use: MonitorUse = { type: 'named', ...parseSettings(monitorBinding, binding, 'the binding') }
  const bound = monitors.findIndex(isNamed(use.name))
  if (bound >= 0 && (again === 'refuse' || use.weight === undefined)) {
    const message = `monitor '${use.name}' is bound to ${
      nounOf(collection)
    } '${name}' already; its weight changes with a PATCH of \`monitors\``
    throw new WeirError('name-taken', `name: ${message}`, { issues: [{ path: 'name', message }] })
  }
  if (bound >= 0) return monitors.with(bound, use)
  return [...isDeepStrictEqual(monitors, byDefault(collection)) ? [] : monitors, use]
}

/**
 * Returns the monitors of an entity without one; the last one leaves the default probe. Throws `not-found` where it is
 * not bound.
 */
export const monitorUnbound = (
  collection: BindingCollection,
  { name, monitors }: Binder,
  monitor: string
): readonly MonitorUse[] => {
  const left = monitors.filter(use => !isNamed(monitor)(use))
  if (left.length < monitors.length) return left.length === 0 ? byDefault(collection) : left
  const names = monitors.flatMap(use => use.type === 'named' ? [use.name] : [])
  throw new WeirError(
    'not-found',
    `monitor '${monitor}' is not bound to ${nounOf(collection)} '${name}'; bound are: ${describeChoices(names)}`
  )
}
