import type { Role } from '@weirlb/model'

/** Whoever a request comes from. */
export interface Principal {
  /** As the audit log and revisions have it: `token:deploy`, `loopback`, `socket:uid:0`, `certificate:ops`. */
  readonly who: string
  readonly role: Role
  /** Beginnings of the names of entities that it may write; undefined: all. */
  readonly scopes?: readonly string[] | undefined
  /** Calls the function when what lets it in has ended; the function returned forgets it. */
  readonly onEnd?: ((ended: () => void) => () => void) | undefined
}

/** Everything that is not let in by a named token or a certificate may do all, as before there were roles. */
export const loopback: Principal = { who: 'loopback', role: 'admin' }
/** The holder of the token that the server was started with. */
export const adminToken: Principal = { who: 'admin-token', role: 'admin' }
