import type { Bytes, ClientInfo, Key, LogLevel, Reason, StreamVerdict, Verdict } from '@weirlb/sdk'
import type { CloseReason } from '@weirlb/model'
import type { ParamValue } from '@weirlb/sdk/abi'

/** What a handler answered; a handler that throws has no verdict, and its connection ends. */
export type Answered = Verdict | StreamVerdict | { readonly op: 'malformed' | 'threw', readonly why: string }

/** Why a connection ended, in the words of Weir's logs. */
export type Closed = CloseReason

/** Everything that is to be seen of one connection from outside. Bytes are plain `Uint8Array`s, so that `deepEqual` compares them with what `hex` makes. */
export interface Driven {
  /**
   * In the order of the answers, both sides. What a stream side answers in a row is added up, and `more` is left out: neither may depend on where the stream
   * is cut, and then `pass` says how many bytes passed. Keys are text where they are UTF-8, else bytes; parts that were not given are not there.
   */
  readonly verdicts: readonly Answered[]
  /** What Weir itself said to the client, one by one: `ctx.reply`, the reply of a reject, the last words after an error. */
  readonly replies: readonly Bytes[]
  /** `ctx.send`. */
  readonly sends: readonly Bytes[]
  /** `ctx.prelude`. A server is told before its first message, or between two; `forwarded` has it too, and what the server answers is swallowed. */
  readonly preludes: readonly Bytes[]
  /** `ctx.set`, by field, of the declared type. `secret` ones are here, and nowhere else. */
  readonly fields: Readonly<Record<string, string | number | boolean>>
  /** `ctx.count`, added up. */
  readonly counters: Readonly<Record<string, number>>
  readonly logs: readonly { readonly level: LogLevel, readonly text: string }[]
  /** The key of the last `ctx.pin`. */
  readonly session: Key | undefined
  /** The last `ctx.idleTimeout`, in ms. */
  readonly idleTimeoutMs: number | undefined
  /** Entries into the sandbox, one for each chunk that had something to ask, as one loop tick reads it. */
  readonly crossings: number
  /** All that the server got, in order: messages, replacements, `ctx.send`. */
  readonly forwarded: Bytes
  /** All that the client got, in order: what the server said, and the replies. */
  readonly returned: Bytes
  /** Undefined: still open. */
  readonly closed: Closed | undefined
  /** Why, in words, when there are any. */
  readonly detail: string
  /** Last words for each reason that was asked for; undefined: a plain close. */
  readonly goodbyes: Readonly<Partial<Record<Reason, Bytes | undefined>>>
}

export interface DriveOptions {
  /** Parameters of the user vserver; those that are left out have their defaults. */
  readonly params?: Readonly<Record<string, ParamValue>>
  /** Where the client comes from, and what its layers know of it. Default 127.0.0.1, port 49152, and nothing more. */
  readonly client?: Partial<ClientInfo>
  /** Name of the user vserver. Default `test`. */
  readonly vserver?: string
  /** Reasons to ask last words for, when everything else is over. */
  readonly goodbyes?: readonly Reason[]
  /** The client ends its stream after the last chunk. Default: it stays connected. */
  readonly end?: boolean
}

/** One chunk, as one read from a socket gives it: bytes of the client, or marked with the side that they come from. */
export type Chunk = Bytes | { readonly client: Bytes } | { readonly server: Bytes }

/** A stream: one chunk or several. */
export type Stream = Chunk | readonly Chunk[]
