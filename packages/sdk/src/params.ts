/** A parameter with one value. */
export type ScalarParam =
  | { readonly type: 'int', readonly default: number, readonly min?: number | undefined, readonly max?: number | undefined }
  | { readonly type: 'string', readonly default: string, readonly oneOf?: readonly string[] | undefined }
  | { readonly type: 'boolean', readonly default: boolean }

/** The fields of a list's entries: scalars by name. */
export type EntrySpec = Readonly<Record<string, ScalarParam>>

/** A parameter with any number of entries; each has all the fields of `of`. */
export interface ListParam<E extends EntrySpec = EntrySpec> {
  readonly type: 'list'
  readonly of: E
  /** Maximum entries. */
  readonly max: number
  /** A list that is not given is empty. */
  readonly default: readonly []
}

/** A parameter of an extension: the operator sets it on a user vserver. */
export type Param = ScalarParam | ListParam
export type ParamSpec = Readonly<Record<string, Param>>

type ScalarOf<T> = T extends { type: 'int' } ? number : T extends { type: 'boolean' } ? boolean
  : T extends { oneOf: readonly (infer O extends string)[] } ? O : string
type EntryOf<E> = { readonly [K in keyof E]: ScalarOf<E[K]> }
type ValueOf<T> = T extends ListParam<infer E> ? readonly EntryOf<E>[] : ScalarOf<T>
export type ParamsOf<T extends ParamSpec> = { readonly [K in keyof T]: ValueOf<T[K]> }

/** One thing that an extension finds wrong with its parameters. */
export interface ParamIssue {
  /** Where, as in `rules[2].topic`. */
  readonly path: string
  /** What is expected, and the given value. */
  readonly message: string
}

export const param = {
  int: (value: number, o: { min?: number, max?: number } = {}): { type: 'int', default: number, min?: number, max?: number } => ({ type: 'int', default: value, ...o }),
  string: (value: string): { type: 'string', default: string } => ({ type: 'string', default: value }),
  oneOf: <const T extends string>(value: NoInfer<T>, oneOf: readonly T[]): { type: 'string', default: string, oneOf: readonly T[] } => ({ type: 'string', default: value, oneOf }),
  boolean: (value: boolean): { type: 'boolean', default: boolean } => ({ type: 'boolean', default: value }),
  /** A list of records: `param.list({ topic: param.string('#'), effect: param.oneOf('deny', ['allow', 'deny']) })`. Fields that an entry leaves out have their defaults. */
  list: <const E extends EntrySpec>(of: E, o: { max?: number } = {}): ListParam<E> => ({ type: 'list', of, max: o.max ?? 256, default: [] })
}
