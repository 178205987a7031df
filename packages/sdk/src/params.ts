/** A parameter with one value. */
export type ScalarParam =
  | {
    readonly type: 'int'
    readonly default: number
    readonly min?: number | undefined
    readonly max?: number | undefined
  }
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
/** The parameters that a protocol declares, by name. */
export type ParamSpec = Readonly<Record<string, Param>>

type ScalarOf<T> = T extends { type: 'int' } ? number : T extends { type: 'boolean' } ? boolean
  : T extends { oneOf: readonly (infer O extends string)[] } ? O : string
type EntryOf<E> = { readonly [K in keyof E]: ScalarOf<E[K]> }
type ValueOf<T> = T extends ListParam<infer E> ? readonly EntryOf<E>[] : ScalarOf<T>
/** The values of declared parameters. */
export type ParamsOf<T extends ParamSpec> = { readonly [K in keyof T]: ValueOf<T[K]> }

/** One thing that an extension finds wrong with its parameters. */
export interface ParamIssue {
  /** Where, as in `rules[2].topic`. */
  readonly path: string
  /** What is expected, and the given value. */
  readonly message: string
}

/** Parameters an author chooses from; each has a default, for what the operator leaves out. */
export const param = {
  /** A whole number: `param.int({ default: 5, min: 0, max: 9 })`. */
  int: (
    o: { readonly default: number, readonly min?: number, readonly max?: number }
  ): { type: 'int', default: number, min?: number, max?: number } => ({ type: 'int', ...o }),
  /** Any text: `param.string({ default: '' })`. */
  string: (o: { readonly default: string }): { type: 'string', default: string } => ({ type: 'string', ...o }),
  /** One of some texts: `param.oneOf(['allow', 'deny'], { default: 'deny' })`. */
  oneOf: <const T extends string>(
    oneOf: readonly T[],
    o: { readonly default: NoInfer<T> }
  ): { type: 'string', default: string, oneOf: readonly T[] } => ({ type: 'string', oneOf, ...o }),
  /** True or false: `param.boolean({ default: false })`. */
  boolean: (o: { readonly default: boolean }): { type: 'boolean', default: boolean } => ({ type: 'boolean', ...o }),
  /**
   * A list of records, at most `max` (256); one that is not given is empty. Fields that an entry leaves out have their
   * defaults: `param.list({ topic: param.string({ default: '#' }), effect: param.oneOf(['allow', 'deny'], { default:
   * 'deny' }) })`.
   */
  list: <const E extends EntrySpec>(of: E, o: { readonly max?: number } = {}): ListParam<E> => ({
    type: 'list',
    of,
    max: o.max ?? 256,
    default: []
  })
}
