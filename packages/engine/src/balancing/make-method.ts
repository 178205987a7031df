import type { Log } from '../log.ts'
import { AddedMethod } from './added-method.ts'
import type { BalancingMethod, MethodFactory, Methods } from './method.ts'
import { methods } from './methods.ts'

const of = (table: Methods, name: string): MethodFactory | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/**
 * Create a method by its name: a built-in one, else one of `added`. Never throws: a method that cannot be created is
 * logged, and clients are balanced in turns.
 */
export const makeMethod = (name: string, added: Methods, log: Log): BalancingMethod => {
  const shipped = of(methods, name)
  if (shipped !== undefined) return shipped()
  const missing: MethodFactory = () => {
    throw new RangeError(`there is no balancing method '${name}'`)
  }
  return new AddedMethod(
    of(added, name) ?? missing,
    error =>
      log.error(
        { method: name, error: (error as Error | undefined)?.stack ?? String(error) },
        'a balancing method failed'
      )
  )
}
