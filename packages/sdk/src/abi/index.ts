export { readList, writeList } from './lists.ts'
export { clientOf, clientText, type KnownClient } from './client-text.ts'
export { checkDeclaration, type Checked } from './check-declaration.ts'
export { checkParams, MAX_PARAMS_BYTES, type CheckedParams, type ParamValue, type ScalarValue } from './check-params.ts'
export * from './declaration.ts'
export * from './function-call.ts'
export type { DeclarationIssue } from './issues.ts'
export * from './layout.ts'
export * from './probe-call.ts'
export * from './runtime.ts'
export { EVERY, readSplit, writeSplit, type ShapedPieces, type SplitShape } from './split.ts'
// The parts of a declaration.
export type { DeclaredKeys, KeyedCommands } from '../keys.ts'
export type {
  ByteRange,
  ClosingFrames,
  DelimiterFraming,
  ElementsFraming,
  FirstByteCase,
  Framing,
  GroupElement,
  Match,
  PeekByFirstByte,
  PeekCase
} from '../framing.ts'
export type { EntrySpec, ListParam, Param, ScalarParam } from '../params.ts'
export type { FieldType } from '../context.ts'
