import type { Declaration } from '@weirlb/sdk/abi'
import type { ClientSide } from '../client-side.ts'
import { NoReplies } from './no-replies.ts'
import type { Replies } from './replies.ts'
import { RepliesAsTheyCome } from './replies-as-they-come.ts'
import { RepliesInOrder } from './replies-in-order.ts'
import { RepliesMatched } from './replies-matched.ts'

/** The allowed values of `replies`. */
export const replyModes = {
  none: NoReplies,
  'as-they-come': RepliesAsTheyCome,
  'in-order': RepliesInOrder,
  matched: RepliesMatched
} as const satisfies Record<Declaration['replies'], new (connection: ClientSide) => Replies>
