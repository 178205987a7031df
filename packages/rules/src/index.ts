export { IpAddress, parseIp } from './address/ip-address.ts'
export { type IpRange, IpSet, parseRange } from './address/ip-set.ts'
export { type NetworkEntry, NetworkTable, orderingNetworks } from './address/network-table.ts'
export { compileTest, compileValue, type Read, type Readers, type Test } from './evaluate/compile.ts'
export {
  type CompiledExpression,
  compileExpression,
  type Matches,
  RuleSet,
  type RuleSource,
  type RunningRule
} from './evaluate/rule-set.ts'
export { type BaseField, type BaseFieldName, baseFields } from './fields.ts'
export { type CheckedExpression, checkExpression, type CheckedValue, checkValue } from './language/check.ts'
export { type Looked, lookedAt } from './language/looked.ts'
export { type ExpressionFault, faultText, type Outcome } from './language/fault.ts'
export type { TypedValue } from './language/typed.ts'
export { functions, type RuleFunction } from './language/functions.ts'
export { limits } from './language/limits.ts'
export {
  type FieldTypes,
  type NamedList,
  type NamedLists,
  noLists,
  type RuleValue,
  typeTexts,
  type ValueType
} from './language/types.ts'
