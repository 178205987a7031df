import type { ErrorCode, Issue } from './error.ts'

/** An issue and the error code it would have alone. */
export interface Finding extends Issue { readonly code: ErrorCode }

/** Of two with one name the first counts, until somebody has looked at the name. */
export const firstByName = <T extends { readonly name: string }>(entities: readonly T[]): Map<string, T> => new Map(entities.toReversed().map(entity => [entity.name, entity]))
