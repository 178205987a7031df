import type { Declaration } from '@weirlb/sdk/abi'

/** Why clients of this protocol cannot share links to servers; undefined: they can. */
export const whyOwnLinks = (
  { client, server, replies }: Pick<Declaration, 'client' | 'server' | 'replies'>
): string | undefined =>
  client.kind !== 'messages' || client.keys === undefined ? 'no client.keys'
    : replies !== 'in-order' ? `replies: '${replies}', and not 'in-order'`
      : server?.kind !== 'messages' || (server.handler && server.unasked === undefined)
        ? 'server.onMessage without server.unasked'
        : undefined
