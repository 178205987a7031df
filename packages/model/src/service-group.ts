import { z } from 'zod'
import { host } from './host.ts'
import { comment, name } from './name.ts'
import { resolution, service, serviceState } from './service.ts'

/** Maximum servers of a service group, or of a name. */
export const MAX_MEMBERS = 1024

/** One server of a service group, or those of a name. */
export const member = z.strictObject({
  address: host.describe('IP address or host name of the server, without brackets and port.'),
  port: z.int().min(0).max(65535).describe('Port of the server; 0 for an SRV name, whose records have the port.'),
  resolve: resolution.default('first').describe(
    'What a host name stands for, as of a service: `first` one server, `all` a server for every address.'
  ),
  weight: z.int().min(1).max(100).default(1).describe(
    'Share of new clients relative to the other members. The weight of the group in an LB vserver multiplies it, and so does the one of an SRV record.'
  ),
  state: serviceState.default('enabled').describe(
    '`sessions-only` accepts only clients whose persistence entry names it, `draining` no new clients; both keep existing ones. `disabled` also closes them. The state of the group applies too.'
  ),
  comment
})
export type Member = z.infer<typeof member>
/** A member as it is sent: defaults left out. */
export type MemberInput = z.input<typeof member>

const { name: _name, address: _address, port: _port, resolve: _resolve, maxClients, state, ...settings } = service.shape

/** Many servers with one set of settings. */
export const serviceGroup = z.strictObject({
  name: name.describe('Name of the service group. No service may have it: LB vservers bind both by name.'),
  members: z.array(member).max(MAX_MEMBERS).default([]).describe('The servers. Each is shown as `GROUP@ADDRESS:PORT`.'),
  ...settings,
  maxClients: maxClients.describe('Maximum simultaneous connections of each member, of all workers and all nodes of a cluster together; 0 means no limit. As of a service.'),
  state: state.describe('State of all members, as of a service.')
})
export type ServiceGroup = z.infer<typeof serviceGroup>
