import { name as nameSchema } from '@weirlb/model'
import type { Route } from './route.ts'

/** The plugin's interface of a logger, that of pino and Fastify. */
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

/**
 * Log one line per write: the client, the action, the entity, and the result. Only a valid name of the body is shown.
 */
export const logWrite = (log: AdminLog, { route, who, params, body, status, code }: WriteRecord): void => {
  const { collection, action } = route.write!
  log.info({ who, action, collection, name: params['name'] ?? params['id'] ?? nameIn(body), status, code }, 'API write')
}

const nameIn = (body: unknown): string | undefined => {
  const given = typeof body === 'object' && body !== null && 'name' in body ? nameSchema.safeParse(body.name) : undefined
  return given?.data
}
