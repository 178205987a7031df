import type { ErrorCode, Issue } from './error.ts'

/** An issue and the error code it would have alone. */
export interface Finding extends Issue { readonly code: ErrorCode }

/** Of two entities with one name the first counts; the name itself is checked elsewhere. */
export const firstByName = <T extends { readonly name: string }>(entities: readonly T[]): Map<string, T> =>
  new Map(entities.toReversed().map(entity => [entity.name, entity]))
