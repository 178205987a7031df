import { namedMonitor, WeirError } from '@weirlb/model'
import { monitorBound, monitorUnbound, type Draft } from '@weirlb/core'
import type { Call, Command, Target } from '../grammar/command.ts'
import { nameOf, number } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { textOf } from './set-field.ts'

const serviceName: Parameter = { name: 'name', kind: nameOf('services'), doc: 'Name of the service.' }
export const monitorName: Parameter = {
  name: 'monitorName',
  kind: nameOf('monitors', 'monitorName'),
  doc: 'Name of the monitor.'
}
const weight: Parameter = { name: 'weight', kind: number('weight'), doc: namedMonitor.shape.weight.description! }
const foreign = { monState: 'a monitor that is bound probes', passive: 'a monitor that is bound decides' }
const outside = { policyName: 'Weir has no policies of requests' }

/** Bindings of monitors to services. A service that has only the probe of a new one loses it with the first. */
export const monitorBindings: readonly Command[] = [
  {
    verb: 'bind',
    object: 'service',
    parameters: { arguments: [serviceName], options: [monitorName, weight] },
    foreign,
    outside,
    doc: 'Bind a monitor to a service, in place of the default probe.',
    rest: 'bindMonitor',
    run: { edit: (draft, call) => bindMonitor(draft, call, 'services') }
  },
  {
    verb: 'unbind',
    object: 'service',
    parameters: { arguments: [serviceName], options: [monitorName] },
    foreign,
    outside,
    doc: 'Unbind a monitor from a service. The last one leaves the default probe.',
    rest: 'unbindMonitor',
    run: { edit: (draft, call) => unbindMonitor(draft, call, 'services') }
  }
]

/** Bind the monitor of `-monitorName` to the entity that a call names, or change its weight there. */
export function bindMonitor (draft: Draft, call: Call, collection: 'services' | 'serviceGroups'): Target {
  const [name, monitor] = [textOf(call, 'name'), requiredName(call)]
  const given = call.given.get('weight')?.value as number | undefined
  const monitors = [
    ...monitorBound(collection, draft.collection(collection).require(name), {
      name: monitor,
      ...given === undefined ? {} : { weight: given }
    }, 'change')
  ]
  draft.collection(collection).patch(name, { monitors })
  return { collection, name }
}

/** Unbind it. */
export function unbindMonitor (draft: Draft, call: Call, collection: 'services' | 'serviceGroups'): Target {
  const [name, monitor] = [textOf(call, 'name'), requiredName(call)]
  draft.collection(collection).patch(name, {
    monitors: [...monitorUnbound(collection, draft.collection(collection).require(name), monitor)]
  })
  return { collection, name }
}

const requiredName = (call: Call): string => {
  if (!call.given.has('monitorName')) throw new WeirError('command-invalid', '-monitorName <monitorName> is missing')
  return textOf(call, 'monitorName')
}
