/**
 * Messages whose verdict is `forward({ token })` with a key at a known place, whatever the state and the parameters
 * are. Weir forwards them without entering the sandbox, as long as no earlier message of the client is being
 * inspected. All others are inspected as before: unknown commands, other numbers of elements, empty keys, keys of more
 * than 512 bytes, keys beyond `peek`, and every message where rules look at messages.
 *
 * Such a message has one reply, leaves nothing behind at the server's end of the connection, and does not wait there:
 * where the operator shares links (`serverLinks: 'shared'`), those of all clients go over one link.
 */
export interface DeclaredKeys {
  /** Commands by where their key is. A command is the first element of a message, in any case. */
  readonly commands: readonly KeyedCommands[]
  /**
   * The two characters around the part of a key that counts, as `{}` of Redis Cluster: of `a{b}c` it is `b`. Without
   * both, or with nothing between them, the whole key counts. Default: the whole key counts.
   */
  readonly hashTag?: string
  /** Counter of the extension that each such message adds 1 to, as `ctx.count` would. */
  readonly count?: string
}

/**
 * Commands that have their key at one place. Elements count from 0, which is the command. With `frame.elements` they
 * are those of a list, as `*2 $3 GET $1 k`; with `frame.lines` and `frame.delimiter` they are words between single
 * spaces.
 */
export interface KeyedCommands {
  /** In ASCII. */
  readonly names: readonly string[]
  /** The element that is the key. */
  readonly key: { readonly element: number }
  /** Messages with another number of elements are inspected. Default: any number that has the key. */
  readonly elements?: number
}
