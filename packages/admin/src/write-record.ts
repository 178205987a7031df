import { name as nameSchema, type AuditEntry } from '@weirlb/model'
import type { AppliedChange } from '@weirlb/core'
import type { Principal } from './access/principal.ts'
import type { NewEntry } from './audit/audit-trail.ts'
import { configChanges } from './audit/config-changes.ts'
import { templateOf } from './route-template.ts'
import type { AuditNote, Route } from './route.ts'

/** The plugin's interface of a logger, that of pino and Fastify. */
export interface AdminLog {
  info (fields: object, message: string): void
  error (fields: object, message: string): void
}

/** Longest name of the log and of an entry: that of a path may have no entity. */
const MAX_NAME = 200

/** The result of a request. */
export interface WriteResult {
  /** Address of the client, or `socket`. */
  readonly from: string
  /** Undefined for a client that was not let in. */
  readonly principal: Principal | undefined
  readonly body: unknown
  readonly status: number
  /** Error code, or `ok`. */
  readonly code: string
  /** Message of a refusal that the audit log shows. */
  readonly reason?: string | undefined
}

/** A request that changes something, or tries to, for its line in the log and its entry in the audit log. */
export class WriteRecord {
  readonly note: AuditNote = {}
  readonly #route: Route
  readonly #params: Readonly<Record<string, string>>
  #applied: AppliedChange | undefined

  constructor (route: Route, params: Readonly<Record<string, string>>) {
    this.#route = route
    this.#params = params
  }

  /** The request has changed the configuration. Several changes of one count as one, from the first to the last. */
  applied (change: AppliedChange): void {
    this.#applied = { ...change, before: this.#applied?.before ?? change.before }
  }

  /** Log one line: the client, the action, the entity, and the result. Only a valid name of the body is shown. */
  log (log: AdminLog, { from, principal, body, status, code }: WriteResult): void {
    const { collection, action } = this.#route.write!
    log.info({ who: from, as: principal?.who, action, collection, name: this.#name(body), status, code }, 'API write')
  }

  /** Returns its entry; undefined for a request that changed nothing, and for a client that was not let in. */
  entry ({ from, principal, body, status, code, reason }: WriteResult): NewEntry | undefined {
    if (principal === undefined || this.note.reads === true) return undefined
    const { method, write } = this.#route
    return {
      who: principal.who,
      role: principal.role,
      from,
      method,
      path: templateOf(this.#route),
      action: write!.action,
      collection: write!.collection,
      name: this.#name(body),
      status,
      code,
      detail: reason ?? this.note.detail,
      ...this.#changes()
    }
  }

  #changes (): Partial<Pick<AuditEntry, 'revision' | 'changes' | 'more'>> {
    if (this.#applied === undefined) return {}
    const { changes, more } = configChanges(this.#applied.before, this.#applied.after)
    return { revision: this.#applied.revision, changes: [...changes], ...more === 0 ? {} : { more } }
  }

  #name (body: unknown): string | undefined {
    return (this.#params['name'] ?? this.#params['id'])?.slice(0, MAX_NAME) ?? nameIn(body)
  }
}

const nameIn = (body: unknown): string | undefined => {
  const given = typeof body === 'object' && body !== null && 'name' in body
    ? nameSchema.safeParse(body.name)
    : undefined
  return given?.data
}
