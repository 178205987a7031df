import { binding, WeirError } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Command, ObjectWords, Target } from '../grammar/command.ts'
import { flag } from '../grammar/flag.ts'
import { nameOf, number } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { fieldsOf, textOf } from './set-field.ts'

const lbName: Parameter = { name: 'name', kind: nameOf('lbVservers'), doc: 'Name of the LB vserver.' }
const serviceName: Parameter = { name: 'serviceName', kind: nameOf('services', 'serviceName'), field: ['name'], doc: 'Name of the service.' }

/** Bindings of services to LB vservers. */
export const lbBindings: readonly Command[] = [
  {
    verb: 'bind',
    object: 'lb vserver',
    parameters: { arguments: [lbName, serviceName], options: [{ name: 'weight', kind: number('weight'), field: ['weight'], doc: binding.shape.weight.description! }] },
    foreign: { policyName: 'Weir has no policies of requests', priority: 'Weir has no policies of requests', gotoPriorityExpression: 'Weir has no policies of requests', type: 'Weir has no policies of requests', invoke: 'Weir has no policies of requests' },
    doc: 'Bind a service to an LB vserver, or change its weight there.',
    rest: 'bindService',
    run: { edit: bind }
  },
  { verb: 'unbind', object: 'lb vserver', parameters: { arguments: [lbName, serviceName], options: [] }, doc: 'Unbind a service from an LB vserver.', rest: 'unbindService', run: { edit: unbind } }
]

function bind (draft: Draft, call: Call): Target {
  const name = textOf(call, 'name')
  const { services } = draft.lbVservers.require(name)
  const { name: service, ...sent } = fieldsOf([...call.given.values()].filter(({ parameter }) => parameter !== lbName)) as { name: string, weight?: number }
  const there = services.some(bound => bound.name === service)
  if (there && sent.weight === undefined) throw new WeirError('name-taken', `service '${service}' is bound to LB vserver '${name}' already`)
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

/** The words of the bindings of certkeys. */
export const sslVserver: ObjectWords = { object: 'ssl vserver', aliases: ['vs'], doc: 'TLS of a user vserver: its certificates.' }

const vserverName: Parameter = { name: 'vServerName', kind: nameOf('userVservers', 'vServerName'), doc: 'Name of the user vserver.' }
const certkeyName: Parameter = { name: 'certkeyName', kind: nameOf('certkeys', 'certkeyName'), doc: 'Name of the certkey.' }
const ca = flag('CA', 'The certkey has authorities that may have issued certificates of clients.')
const sni = flag('SNICert', 'The certificate is for clients that ask for its name. Weir selects every certificate by name; the first is also for clients that ask for no other.')
const foreign = {
  cipherName: 'Weir takes OpenSSL\'s names of cipher suites: set ssl vserver … -tls.ciphers',
  eccCurveName: 'Weir takes OpenSSL\'s names of groups: set ssl vserver … -tls.groups',
  policyName: 'Weir has no TLS policies', priority: 'Weir has no TLS policies',
  crlCheck: 'Weir applies the revocation list of the certkey', ocspCheck: 'Weir applies the revocation list of the certkey', skipCAName: 'Weir sends the names of authorities'
}

/** Bindings of certkeys to user vservers. */
export const sslBindings: readonly Command[] = [
  { verb: 'bind', object: 'ssl vserver', parameters: { arguments: [vserverName], options: [certkeyName, ca, sni] }, foreign, doc: 'Bind a certkey to a user vserver.', rest: 'patchUserVserver', run: { edit: bindCertkey(true) } },
  { verb: 'unbind', object: 'ssl vserver', parameters: { arguments: [vserverName], options: [certkeyName, ca, sni] }, foreign, doc: 'Unbind a certkey from a user vserver.', rest: 'patchUserVserver', run: { edit: bindCertkey(false) } }
]

function bindCertkey (bound: boolean): (draft: Draft, call: Call) => Target | undefined {
  return (draft, call) => {
    if (!call.given.has('certkeyName')) {
      // `bind ssl vserver v -cipherName …` has been skipped with its reason.
      if (call.statement.words.some(({ text }) => Object.keys(foreign).some(option => `-${option}`.toLowerCase() === text.toLowerCase()))) return undefined
      throw new WeirError('command-invalid', '-certkeyName <certkeyName> is missing')
    }
    const [name, certkey] = [textOf(call, 'vServerName'), textOf(call, 'certkeyName')]
    const vserver = draft.userVservers.require(name)
    const present = call.given.has('CA') ? vserver.tls.clientCa : vserver.certificates
    if (present.includes(certkey) === bound) {
      throw bound ? new WeirError('name-taken', `certkey '${certkey}' is bound to user vserver '${name}' already`) : new WeirError('not-found', `certkey '${certkey}' is not bound to user vserver '${name}'; there are: ${present.join(', ') || '(none)'}`)
    }
    const next = bound ? [...present, certkey] : present.filter(other => other !== certkey)
    draft.userVservers.patch(name, call.given.has('CA') ? { tls: { clientCa: next } } : { certificates: next })
    return { collection: 'userVservers', name }
  }
}
