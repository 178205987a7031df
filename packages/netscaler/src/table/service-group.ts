import { member, WeirError, type MemberInput } from '@weirlb/model'
import type { Draft } from '@weirlb/core'
import type { Call, Command, Target } from '../grammar/command.ts'
import { deriveOptions } from '../grammar/derive-options.ts'
import { nameOf, number, text } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import type { EntityRow } from './entity-row.ts'
import { foreignOfServices } from './foreign.ts'
import { bindMonitor, monitorName, unbindMonitor } from './monitor-bindings.ts'
import { serviceOptions, serviceTypeKind } from './service.ts'
import { fieldsOf, textOf } from './set-field.ts'

/** `add serviceGroup <name> USER_TCP`. */
export const serviceGroupRow: EntityRow = {
  object: 'serviceGroup',
  doc: 'Many servers with one set of settings.',
  collection: 'serviceGroups',
  component: 'ServiceGroup',
  arguments: [{ name: 'serviceType', kind: serviceTypeKind, field: ['type'], doc: 'Transport to the servers.' }],
  options: serviceOptions,
  foreign: foreignOfServices,
  omit: ['members']
}

const group: Parameter = { name: 'name', kind: nameOf('serviceGroups'), doc: 'Name of the service group.' }
const address: Parameter = {
  name: 'IP',
  optional: true,
  kind: text('IP'),
  field: ['address'],
  doc: 'IP address or host name of the server.'
}
const port: Parameter = {
  name: 'port',
  optional: true,
  kind: number('port'),
  field: ['port'],
  doc: 'Port of the server.'
}
const foreign = {
  serverID: 'the extension gives the keys',
  CustomServerID: 'the extension gives the keys',
  hashId: 'the extension gives the keys',
  nameServer: 'Weir resolves names with the machine\'s resolver',
  dbsTTL: 'Weir resolves names again by itself'
}

/** Options of monitors that NetScaler has for services, too. */
const foreignOfMonitors = { monState: 'a monitor that is bound probes', passive: 'a monitor that is bound decides' }

/** Servers and monitors of service groups. */
export const memberBindings: readonly Command[] = [
  {
    verb: 'bind',
    object: 'serviceGroup',
    parameters: {
      arguments: [group, address, port],
      options: [...deriveOptions(member, ['address', 'port']).map(({ own: _, ...option }) => option), monitorName]
    },
    foreign: { ...foreign, ...foreignOfMonitors },
    doc: 'Add a server to a service group, or change it there. With `-monitorName`: bind a monitor, in place of the default probe.',
    rest: 'addMember',
    run: { edit: (draft, call) => ofMonitor(call) ? bindMonitor(draft, call, 'serviceGroups') : bind(draft, call) }
  },
  {
    verb: 'unbind',
    object: 'serviceGroup',
    parameters: { arguments: [group, address, port], options: [monitorName] },
    doc: 'Remove a server from a service group, or with `-monitorName` a monitor, of which the last one leaves the default probe.',
    rest: 'removeMember',
    run: { edit: (draft, call) => ofMonitor(call) ? unbindMonitor(draft, call, 'serviceGroups') : unbind(draft, call) }
  }
]

/** True for a call about a monitor. Throws `command-invalid` for one about nothing, or about two things. */
const ofMonitor = ({ given }: Call): boolean => {
  const monitor = given.has('monitorName')
  const other = monitor
    ? [...given.keys()].find(name => name !== 'name' && name !== 'monitorName' && name !== 'weight')
    : undefined
  if (other !== undefined)
    throw new WeirError(
      'command-invalid',
      `-monitorName and ${other} cannot be given together: a command is about a server or a monitor`
    )
  if (!monitor && !(given.has('IP') && given.has('port')))
    throw new WeirError('command-invalid', 'expected <IP> <port> of a server, or -monitorName <monitorName>')
  return monitor
}

/** The server that a call is about; a server that the same file has named stands for its address. */
const memberOf = (call: Call): MemberInput => {
  const { name: _, ...fields } = fieldsOf(
    [...call.given.values()].filter(({ parameter }) => parameter !== group)
  ) as unknown as MemberInput & { name?: string }
  return { ...fields, address: call.context.servers.get(fields.address) ?? fields.address }
}

const isSame = (a: MemberInput) => (b: MemberInput): boolean => a.address === b.address && a.port === b.port

function bind (draft: Draft, call: Call): Target {
  const name = textOf(call, 'name')
  const { members } = draft.serviceGroups.require(name)
  const sent = memberOf(call)
  const there = members.some(isSame(sent))
  if (there && Object.keys(sent).length === 2)
    throw new WeirError('name-taken', `server ${sent.address}:${sent.port} is in service group '${name}' already`)
  draft.serviceGroups.patch(name, {
    members: there ? members.map(one => isSame(sent)(one) ? { ...one, ...sent } : one) : [...members, sent]
  })
  return { collection: 'serviceGroups', name }
}

function unbind (draft: Draft, call: Call): Target {
  const name = textOf(call, 'name')
  const { members } = draft.serviceGroups.require(name)
  const sent = memberOf(call)
  if (!members.some(isSame(sent)))
    throw new WeirError(
      'not-found',
      `server ${sent.address}:${sent.port} is not in service group '${name}'; there are: ${
        members.map(one => `${one.address}:${one.port}`).join(', ') || '(none)'
      }`
    )
  draft.serviceGroups.patch(name, { members: members.filter(one => !isSame(sent)(one)) })
  return { collection: 'serviceGroups', name }
}
