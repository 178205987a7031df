/** A parameter of an extension: the operator sets it on a user vserver. */
export type Param =
  | { readonly type: 'int', readonly default: number, readonly min?: number | undefined, readonly max?: number | undefined }
  | { readonly type: 'string', readonly default: string, readonly oneOf?: readonly string[] | undefined }
  | { readonly type: 'boolean', readonly default: boolean }
export type ParamSpec = Readonly<Record<string, Param>>

type ValueOf<T extends Param> = T extends { type: 'int' } ? number : T extends { type: 'boolean' } ? boolean
  : T extends { oneOf: readonly (infer O extends string)[] } ? O : string
export type ParamsOf<T extends ParamSpec> = { readonly [K in keyof T]: ValueOf<T[K]> }

export const param = {
  int: (value: number, o: { min?: number, max?: number } = {}): { type: 'int', default: number, min?: number, max?: number } => ({ type: 'int', default: value, ...o }),
  string: (value: string): { type: 'string', default: string } => ({ type: 'string', default: value }),
  oneOf: <const T extends string>(value: NoInfer<T>, oneOf: readonly T[]): { type: 'string', default: string, oneOf: readonly T[] } => ({ type: 'string', default: value, oneOf }),
  boolean: (value: boolean): { type: 'boolean', default: boolean } => ({ type: 'boolean', default: value })
}
