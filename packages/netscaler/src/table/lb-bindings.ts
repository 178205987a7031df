import { binding, WeirError, type BindingInput } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Command, Target } from '../grammar/command.ts'
import { deriveOptions } from '../grammar/derive-options.ts'
import { nameOf } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { fieldsOf, textOf } from './set-field.ts'

const lbName: Parameter = { name: 'name', kind: nameOf('lbVservers'), doc: 'Name of the LB vserver.' }
const serviceName: Parameter = { name: 'serviceName', kind: nameOf('services', 'serviceName'), field: ['name'], doc: 'Name of the service.' }

/** Bindings of services to LB vservers. */
export const lbBindings: readonly Command[] = [
  {
    verb: 'bind',
    object: 'lb vserver',
    parameters: { arguments: [lbName, serviceName], options: deriveOptions(binding, ['name']).map(({ own: _, ...option }) => option) },
    outside: { policyName: 'Weir has no policies of requests' },
    doc: 'Bind a service to an LB vserver, or change its weight there.',
    rest: 'bindService',
    run: { edit: bind }
  },
  { verb: 'unbind', object: 'lb vserver', parameters: { arguments: [lbName, serviceName], options: [] }, doc: 'Unbind a service from an LB vserver.', rest: 'unbindService', run: { edit: unbind } }
]

function bind (draft: Draft, call: Call): Target {
  const name = textOf(call, 'name')
  const { services } = draft.lbVservers.require(name)
  const { name: service, ...sent } = fieldsOf([...call.given.values()].filter(({ parameter }) => parameter !== lbName)) as unknown as BindingInput
  const there = services.some(bound => bound.name === service)
  if (there && Object.keys(sent).length === 0) throw new WeirError('name-taken', `service '${service}' is bound to LB vserver '${name}' already`)
  draft.lbVservers.patch(name, { services: there ? services.map(bound => bound.name === service ? { ...bound, ...sent } : bound) : [...services, { name: service, ...sent }] })
  return { collection: 'lbVservers', name }
}

function unbind (draft: Draft, call: Call): Target {
  const [name, service] = [textOf(call, 'name'), textOf(call, 'serviceName')]
  const { services } = draft.lbVservers.require(name)
  const left = services.filter(bound => bound.name !== service)
  if (left.length === services.length) throw new WeirError('not-found', `service '${service}' is not bound to LB vserver '${name}'; there are: ${services.map(({ name }) => name).join(', ') || '(none)'}`)
  draft.lbVservers.patch(name, { services: left })
  return { collection: 'lbVservers', name }
}
