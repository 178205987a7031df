import type { TypedArgument, TypedTest, TypedValue } from './typed.ts'

/** A value that an expression looks at: a field, or the one with a key in it. */
export interface Looked { readonly field: string, readonly key: string | number | undefined }

/** Returns what an expression looks at, each once, in its order. */
export const lookedAt = (test: TypedTest): readonly Looked[] => {
  const found: Looked[] = []
  for (const looked of inTest(test))
    if (!found.some(({ field, key }) => field === looked.field && key === looked.key)) found.push(looked)
  return found
}

function * inTest (test: TypedTest): Generator<Looked> {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor':
      for (const each of test.of) yield * inTest(each)
      return
    case 'not': return yield * inTest(test.of)
    case 'any':
    case 'all': return yield * inValue('match' in test.of ? test.of.of : test.of)
    case 'truth':
    case 'compare': yield * inValue(test.of)
  }
}

function * inValue (value: TypedValue | TypedArgument): Generator<Looked> {
  switch (value.kind) {
    case 'literal': return
    case 'field': return yield { field: value.name, key: undefined }
    case 'each': return yield * inValue(value.of)
    case 'call':
      for (const arg of value.args) yield * inValue(arg)
      return
    case 'item':
      // Of an item of an item, the outer one is a part of what is shown.
      if (value.of.kind === 'field') yield { field: value.of.name, key: value.key }
      else yield * inValue(value.of)
  }
}
