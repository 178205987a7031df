import type { Declaration } from '@weirlb/sdk/abi'

/** True if clients of this protocol can share links to servers: some messages have keys, and replies come in order. */
export const canShare = ({ client, replies }: Pick<Declaration, 'client' | 'replies'>): boolean =>
  replies === 'in-order' && client.kind === 'messages' && client.keys !== undefined
