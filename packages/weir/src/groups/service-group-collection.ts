import type { Entity, MemberInput, MemberPatch, MonitorBinding } from '@weirlb/model'
import type { ServiceGroups } from '../api/collections.ts'
import { withMember, withMemberPatched, withoutMember, memberIndex } from '../config/group-members.ts'
import { BoundMonitors } from './bound-monitors.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import { DrainableCollection } from './switchable-collection.ts'

/** Service groups, and their members one by one. */
export class ServiceGroupCollection extends DrainableCollection<'serviceGroups'> implements ServiceGroups {
  readonly #monitors = new BoundMonitors('serviceGroups', this.editor, this)
  async addMember (
    name: string,
    member: MemberInput,
    options: WriteOptions = {}
  ): Promise<Versioned<Entity<'serviceGroups'>>> {
    await this.editor.rewrite('serviceGroups', name, options, present => withMember(present, member), {
      within: ({ members }) => `members[${members.length}]`
    })
    return this.require(name)
  }

  async patchMember (
    name: string,
    member: string,
    patch: MemberPatch,
    options: WriteOptions = {}
  ): Promise<Versioned<Entity<'serviceGroups'>>> {
    await this.editor.rewrite('serviceGroups', name, options, present => withMemberPatched(present, member, patch), {
      within: present => `members[${memberIndex(present, member)}]`
    })
    return this.require(name)
  }

  async removeMember (
    name: string,
    member: string,
    options: WriteOptions = {}
  ): Promise<Versioned<Entity<'serviceGroups'>>> {
    await this.editor.rewrite('serviceGroups', name, options, present => withoutMember(present, member))
    return this.require(name)
  }

  async bindMonitor (
    name: string,
    binding: MonitorBinding,
    options?: WriteOptions
  ): Promise<Versioned<Entity<'serviceGroups'>>> {
    return await this.#monitors.bindMonitor(name, binding, options)
  }
  async unbindMonitor (
    name: string,
    monitor: string,
    options?: WriteOptions
  ): Promise<Versioned<Entity<'serviceGroups'>>> {
    return await this.#monitors.unbindMonitor(name, monitor, options)
  }
}
