import type { MethodName } from '@weirlb/model'
import { LeastConnection } from './least-connection.ts'
import type { MethodFactory } from './method.ts'
import { RoundRobin } from './round-robin.ts'
import { TokenMethod } from './token.ts'

/** Every balancing method: how to make one for an LB vserver. */
export const methods = {
  'round-robin': () => new RoundRobin(),
  'least-connection': () => new LeastConnection(),
  token: () => new TokenMethod()
} satisfies Record<MethodName, MethodFactory>
