import type { z } from 'zod'
import type { MemberInput } from './service-group.ts'
import type { collections, CollectionName, config } from './config.ts'

/** A value as a program may send it: read-only objects and lists are taken too. */
type Sent<T> = T extends readonly (infer E)[] ? readonly Sent<E>[] :
  T extends object ? { readonly [K in keyof T]: Sent<T[K]> } :
  T

/** JSON Merge Patch (RFC 7396): what is left out stays, null removes, objects merge, lists are replaced. */
type Merged<T> = T extends readonly unknown[] ? T :
  T extends object ? { readonly [K in keyof T]?: Merged<T[K]> | null | undefined } :
  T

type Fields<C extends CollectionName> = Sent<z.input<(typeof collections)[C]['schema']>>

/** Every kind of an entity without its name. */
type Unnamed<T> = T extends unknown ? Omit<T, 'name'> : never

/** The name in an entity's own body. */
interface OwnName { readonly name?: string | undefined }

/** The whole configuration as a person writes it, with defaults omitted. */
export type ConfigInput = Sent<z.input<typeof config>>

/** An entity as it is created: defaults left out. */
export type EntityInput<C extends CollectionName> = Fields<C>

/** An entity as it replaces the one of its name, which may be left out. */
export type EntityReplacement<C extends CollectionName> = Unnamed<Fields<C>> & OwnName

/** A JSON Merge Patch (RFC 7396) of an entity: null takes a field back to its default. */
export type EntityPatch<C extends CollectionName> = Merged<Unnamed<Fields<C>>> & OwnName

/** A JSON Merge Patch (RFC 7396) of a member of a service group. */
export type MemberPatch = Merged<MemberInput>
