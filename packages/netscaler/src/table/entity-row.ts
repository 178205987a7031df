import type { CollectionName } from '@weirlb/model'
import type { ObjectWords } from '../grammar/command.ts'
import type { Foreign, Parameter } from '../grammar/option.ts'
import type { FieldRow } from './fields.ts'

/** An object of NetScaler that is one entity of Weir. */
export interface EntityRow extends ObjectWords {
  readonly collection: CollectionName
  /** The component of its operations in the REST API: `LbVserver`. */
  readonly component: string
  /** Arguments of `add` behind the name, in their order. */
  readonly arguments: readonly Parameter[]
  /** NetScaler's options, by the fields that they set. */
  readonly options: Readonly<Record<string, FieldRow>>
  readonly foreign: Foreign
  /** Fields without an option: `bind` sets them, or they are texts of another file. */
  readonly omit?: readonly string[]
  /** `import` or another row makes it. */
  readonly noAdd?: true
}
