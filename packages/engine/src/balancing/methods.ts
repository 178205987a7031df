import type { MethodName } from '@weirlb/model'
import { LeastBandwidth } from './least-bandwidth.ts'
import { LeastConnection } from './least-connection.ts'
import { LeastOutstanding } from './least-outstanding.ts'
import { LeastResponseTime } from './least-response-time.ts'
import type { MethodFactory } from './method.ts'
import { RandomTwoChoices } from './random-two-choices.ts'
import { RoundRobin } from './round-robin.ts'
import { SourceIpHash, TokenMethod } from './hash-method.ts'

/** Every balancing method: how to make one for an LB vserver. */
export const methods = {
  'round-robin': () => new RoundRobin(),
  'least-connection': () => new LeastConnection(),
  'least-response-time': () => new LeastResponseTime(),
  'least-bandwidth': () => new LeastBandwidth(),
  'least-outstanding': () => new LeastOutstanding(),
  token: () => new TokenMethod(),
  'source-ip-hash': () => new SourceIpHash(),
  'random-two-choices': () => new RandomTwoChoices()
} satisfies Record<MethodName, MethodFactory>
