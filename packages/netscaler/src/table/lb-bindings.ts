import { binding, WeirError, type BindingInput } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Command, Target } from '../grammar/command.ts'
import { deriveOptions } from '../grammar/derive-options.ts'
import { nameOf } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { placedError } from '../grammar/placed-error.ts'
import { fieldsOf, textOf } from './set-field.ts'

const lbName: Parameter = { name: 'name', kind: nameOf('lbVservers'), doc: 'Name of the LB vserver.' }
const serviceName: Parameter = {
  name: 'serviceName',
  kind: nameOf('services', 'serviceName'),
  field: ['name'],
  doc: 'Name of the service.'
}

/** Bindings of services to LB vservers. */
export const lbBindings: readonly Command[] = [
  {
    verb: 'bind',
    object: 'lb vserver',
    parameters: {
      arguments: [lbName, serviceName],
      options: deriveOptions(binding, ['name']).map(({ own: _, ...option }) => option)
    },
    outside: { policyName: 'Weir has no policies of requests' },
    doc: 'Bind a service to an LB vserver, or change its weight there.',
    rest: 'bindService',
    run: {
      edit: (draft, call) => bindAll(draft, [call]),
      together: { key: call => textOf(call, 'name'), edit: bindAll }
    }
  },
  {
    verb: 'unbind',
    object: 'lb vserver',
    parameters: { arguments: [lbName, serviceName], options: [] },
    doc: 'Unbind a service from an LB vserver.',
    rest: 'unbindService',
    run: { edit: unbind }
  }
]

/** Bind services one after the other, and check the LB vserver once. A fault has the place of its call. */
function bindAll (draft: Draft, calls: readonly Call[]): Target {
  const name = textOf(calls[0]!, 'name')
  const services = [...requiredLb(draft, calls[0]!).services] as BindingInput[]
  const places = new Map(services.map((bound, at) => [bound.name, at]))
  for (const call of calls) {
    const { name: service, ...sent } = fieldsOf(
      [...call.given.values()].filter(({ parameter }) => parameter !== lbName)
    ) as unknown as BindingInput
    const at = places.get(service)
    if (at !== undefined && Object.keys(sent).length === 0)
      throw placedError(
        new WeirError('name-taken', `service '${service}' is bound to LB vserver '${name}' already`),
        call
      )
    if (at === undefined) places.set(service, services.push({ name: service, ...sent }) - 1)
    else services[at] = { ...services[at]!, ...sent }
  }
  try {
    draft.lbVservers.patch(name, { services })
  } catch (error) {
    // The last of them that set the field is the one at fault.
    throw error instanceof WeirError ? placedError(error, faulty(calls, error, services) ?? calls.at(-1)!) : error
  }
  return { collection: 'lbVservers', name }
}

/** The call that has bound the service which an issue is about. */
const faulty = (calls: readonly Call[], { issues }: WeirError, services: readonly BindingInput[]): Call | undefined => {
  const at = /^services\[(\d+)\]/.exec(issues[0]?.path ?? '')?.[1]
  const service = at === undefined ? undefined : services[Number(at)]?.name
  return calls.findLast(call => textOf(call, 'serviceName') === service)
}

const requiredLb = (draft: Draft, call: Call): ReturnType<Draft['lbVservers']['require']> => {
  try {
    return draft.lbVservers.require(textOf(call, 'name'))
  } catch (error) {
    throw error instanceof WeirError ? placedError(error, call) : error
  }
}

function unbind (draft: Draft, call: Call): Target {
  const [name, service] = [textOf(call, 'name'), textOf(call, 'serviceName')]
  const { services } = draft.lbVservers.require(name)
  const left = services.filter(bound => bound.name !== service)
  if (left.length === services.length)
    throw new WeirError(
      'not-found',
      `service '${service}' is not bound to LB vserver '${name}'; there are: ${
        services.map(({ name }) => name).join(', ') || '(none)'
      }`
    )
  draft.lbVservers.patch(name, { services: left })
  return { collection: 'lbVservers', name }
}
