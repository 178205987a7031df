import { name as nameSchema } from '@weirlb/model'
import type { Route } from './route.ts'

/** What the plugin needs of a logger; pino's and Fastify's shape. */
export interface AdminLog {
  info (fields: object, message: string): void
  error (fields: object, message: string): void
}

/** A finished request that changes something, or tried to. */
export interface WriteRecord {
  readonly route: Route
  /** Address of the caller. */
  readonly who: string
  readonly params: Readonly<Record<string, string>>
  readonly body: unknown
  readonly status: number
  /** Error code, or `ok`. */
  readonly code: string
}

/** One line per write: who did what to which entity, and how it ended. Of the body only a valid name is shown. */
export const logWrite = (log: AdminLog, { route, who, params, body, status, code }: WriteRecord): void => {
  const { collection, action } = route.write!
  log.info({ who, action, collection, name: params['name'] ?? params['id'] ?? nameIn(body), status, code }, 'API write')
}

const nameIn = (body: unknown): string | undefined => {
  const given = typeof body === 'object' && body !== null && 'name' in body ? nameSchema.safeParse(body.name) : undefined
  return given?.data
}
