import { namedMonitor, service as serviceSchema, WeirError, type Entity } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import { isDeepStrictEqual } from 'node:util'
import type { Call, Command, Target } from '../grammar/command.ts'
import { nameOf, number } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { textOf } from './set-field.ts'

type Monitors = Entity<'services'>['monitors']

const serviceName: Parameter = { name: 'name', kind: nameOf('services'), doc: 'Name of the service.' }
const monitorName: Parameter = { name: 'monitorName', kind: nameOf('monitors', 'monitorName'), doc: 'Name of the monitor.' }
const weight: Parameter = { name: 'weight', kind: number('weight'), doc: namedMonitor.shape.weight.description! }
const foreign = { monState: 'a monitor that is bound probes', passive: 'a monitor that is bound decides' }
const outside = { policyName: 'Weir has no policies of requests' }

/** Bindings of monitors to services. A service that has only the probe of a new one loses it with the first. */
export const monitorBindings: readonly Command[] = [
  { verb: 'bind', object: 'service', parameters: { arguments: [serviceName], options: [monitorName, weight] }, foreign, outside, doc: 'Bind a monitor to a service, in place of the default probe.', rest: 'patchService', run: { edit: bind } },
  { verb: 'unbind', object: 'service', parameters: { arguments: [serviceName], options: [monitorName] }, foreign, outside, doc: 'Unbind a monitor from a service. The last one leaves the default probe.', rest: 'patchService', run: { edit: unbind } }
]

const byDefault = (): Monitors => serviceSchema.shape.monitors.parse(undefined)
const isNamed = (name: string) => (one: Monitors[number]): boolean => one.type === 'named' && one.name === name

function bind (draft: Draft, call: Call): Target {
  const [name, monitor] = [textOf(call, 'name'), requiredName(call)]
  const { monitors } = draft.services.require(name)
  const given = call.given.get('weight')?.value as number | undefined
  const bound = { type: 'named', name: monitor, ...given === undefined ? {} : { weight: given } } as const
  if (monitors.some(isNamed(monitor)) && given === undefined) throw new WeirError('name-taken', `monitor '${monitor}' is bound to service '${name}' already`)
  const others = isDeepStrictEqual(monitors, byDefault()) ? [] : monitors.filter(one => !isNamed(monitor)(one))
  draft.services.patch(name, { monitors: [...others, bound] })
  return { collection: 'services', name }
}

function unbind (draft: Draft, call: Call): Target {
  const [name, monitor] = [textOf(call, 'name'), requiredName(call)]
  const { monitors } = draft.services.require(name)
  if (!monitors.some(isNamed(monitor))) {
    const names = monitors.flatMap(one => one.type === 'named' ? [one.name] : [])
    throw new WeirError('not-found', `monitor '${monitor}' is not bound to service '${name}'; there are: ${names.join(', ') || '(none)'}`)
  }
  const left = monitors.filter(one => !isNamed(monitor)(one))
  draft.services.patch(name, { monitors: left.length === 0 ? byDefault() : left })
  return { collection: 'services', name }
}

const requiredName = (call: Call): string => {
  if (!call.given.has('monitorName')) throw new WeirError('command-invalid', '-monitorName <monitorName> is missing')
  return textOf(call, 'monitorName')
}
