import type { FieldDeclaration } from '@weirlb/sdk/abi'

/** The text of a number that is the value of a field. */
export const numberText = (field: FieldDeclaration | undefined, value: number): string =>
  field?.type === 'bool' ? String(value === 1) : String(value)
