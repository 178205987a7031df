import type { Entity, MemberInput, MemberPatch } from '@weirlb/model'
import type { ServiceGroups } from '../api/collections.ts'
import { withMember, withMemberPatched, withoutMember, memberIndex } from '../config/group-members.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import { DrainableCollection } from './switchable-collection.ts'

/** Service groups, and their members one by one. */
export class ServiceGroupCollection extends DrainableCollection<'serviceGroups'> implements ServiceGroups {
  async addMember (name: string, member: MemberInput, options: WriteOptions = {}): Promise<Versioned<Entity<'serviceGroups'>>> {
    await this.editor.rewrite('serviceGroups', name, options, present => withMember(present, member), { within: ({ members }) => `members[${members.length}]` })
    return this.require(name)
  }

  async patchMember (name: string, member: string, patch: MemberPatch, options: WriteOptions = {}): Promise<Versioned<Entity<'serviceGroups'>>> {
    await this.editor.rewrite('serviceGroups', name, options, present => withMemberPatched(present, member, patch), { within: present => `members[${memberIndex(present, member)}]` })
    return this.require(name)
  }

  async removeMember (name: string, member: string, options: WriteOptions = {}): Promise<Versioned<Entity<'serviceGroups'>>> {
    await this.editor.rewrite('serviceGroups', name, options, present => withoutMember(present, member))
    return this.require(name)
  }
}
