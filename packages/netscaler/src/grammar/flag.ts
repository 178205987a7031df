import type { Kind } from './kind.ts'
import type { Parameter } from './option.ts'

/** The kind of an option without a value. */
export const flagKind: Kind = { synopsis: '', read: () => ({ value: true }), write: () => undefined }

/** An option without a value. */
export const flag = (name: string, doc: string): Parameter => ({ name, kind: flagKind, flag: true, doc })
