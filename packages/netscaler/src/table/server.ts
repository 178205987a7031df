import { WeirError } from '@weirlb/model'
import type { Draft, Weir } from '@weirlb/core'
import type { Call, Command, ObjectWords, Shown } from '../grammar/command.ts'
import { text } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { table } from '../show/layout.ts'
import { textOf } from './set-field.ts'

/** The words of servers. */
export const server: ObjectWords = {
  object: 'server',
  doc: 'An address that services have. Its name is known within one file of commands.'
}

const name: Parameter = { name: 'name', kind: text('name'), doc: 'Name of the server, or its address.' }
const optionalName: Parameter = { ...name, optional: true }

/** Servers: names for addresses in a file, and the services of an address. */
export const serverCommands: readonly Command[] = [
  {
    verb: 'add',
    object: 'server',
    parameters: {
      arguments: [name, { name: 'IPAddress', kind: text('IPAddress'), doc: 'IP address or host name.' }],
      options: [{ name: 'comment', kind: text('comment'), doc: 'A remark; it is not kept.' }]
    },
    foreign: {
      state: 'a service has its own state',
      ipv6Address: 'a host name is resolved to both families',
      domainResolveRetry: 'Weir resolves names again by itself',
      translationIp: 'Weir translates no addresses',
      translationMask: 'Weir translates no addresses',
      queryType: 'Weir resolves addresses',
      td: 'Weir has no traffic domains'
    },
    doc: 'Name an address for the services that follow in the same file.',
    rest: 'createService',
    run: { edit: nameAddress }
  },
  {
    verb: 'enable',
    object: 'server',
    parameters: { arguments: [name], options: [] },
    doc: 'Enable every service of an address.',
    rest: 'runTransaction',
    run: { edit: setState('enabled') }
  },
  {
    verb: 'disable',
    object: 'server',
    parameters: { arguments: [name], options: [] },
    foreign: {
      graceful: 'drain a service with set service … -state DRAINING',
      delay: 'drain a service with set service … -state DRAINING'
    },
    doc: 'Disable every service of an address.',
    rest: 'runTransaction',
    run: { edit: setState('disabled') }
  },
  {
    verb: 'show',
    object: 'server',
    parameters: { arguments: [optionalName], options: [] },
    doc: 'Show the addresses of services.',
    rest: 'listServices',
    run: { act: show }
  }
]

function nameAddress (_: Draft, call: Call): undefined {
  const [key, address] = [textOf(call, 'name'), textOf(call, 'IPAddress')]
  if (call.context.servers.has(key)) throw new WeirError('name-taken', `there is a server '${key}' already`)
  call.context.servers.set(key, address)
}

function setState (state: 'enabled' | 'disabled'): (draft: Draft, call: Call) => undefined {
  return (draft, call) => {
    const given = textOf(call, 'name')
    const address = call.context.servers.get(given) ?? given
    const services = draft.services.list().filter(service => service.address === address)
    if (services.length === 0)
      throw new WeirError(
        'not-found',
        `no service has the address '${address}'; there are: ${
          [...new Set(draft.services.list().map(service => service.address))].join(', ') || '(none)'
        }`
      )
    for (const service of services) draft.services.patch(service.name, { state })
  }
}

function show (weir: Weir, call: Call): Shown {
  const wanted = call.given.get('name')?.value as string | undefined
  const addresses = new Map<string, string[]>()
  for (const { name, address } of weir.services.list())
    if (wanted === undefined || wanted === address) addresses.set(address, [...addresses.get(address) ?? [], name])
  if (wanted !== undefined && addresses.size === 0)
    throw new WeirError('not-found', `no service has the address '${wanted}'`)
  const rows = [...addresses].map(([address, services]) => ({ address, services }))
  return {
    text: table(
      [{ title: 'IPAddress' }, { title: 'Services' }],
      rows.map(({ address, services }) => [address, services.join(', ')]),
      call.context.columns
    ),
    data: rows
  }
}
