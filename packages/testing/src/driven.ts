import type {
  Bytes,
  ClientInfo,
  Key,
  LogLevel,
  Reason,
  Split,
  SplitByKeys,
  SplitToServices,
  StreamVerdict,
  Verdict
} from '@weirlb/sdk'
import type { CloseReason } from '@weirlb/model'
import type { ParamValue } from '@weirlb/sdk/abi'

/** A handler's result; a handler that throws has no verdict, and its connection ends. */
export type Answered = Exclude<Verdict, Split> | Omit<SplitByKeys, 'part' | 'gather'> | Omit<SplitToServices, 'bytes' | 'gather'> | StreamVerdict | { readonly op: 'malformed' | 'threw', readonly why: string }

/** The close reason, as in Weir's logs. */
export type Closed = CloseReason

/**
 * Everything that is to be seen of one connection from outside. Bytes are plain `Uint8Array`s, so that `deepEqual`
 * compares them with what `hex` makes.
 */
export interface Driven {
  /**
   * In the order of the answers, both sides. Adjacent results of a stream side are merged, and `more` is omitted,
   * because neither may depend on where the stream is split; `pass` then has the number of passed bytes. Keys are
   * text where they are UTF-8, else bytes; missing parts are omitted.
   */
  readonly verdicts: readonly Answered[]
  /** Weir's own messages to the client, one by one: `ctx.reply`, the reply of a reject, the goodbye after an error. */
  readonly replies: readonly Bytes[]
  /** `ctx.send`. */
  readonly sends: readonly Bytes[]
  /**
   * `ctx.prelude`. A server gets it before its first message, or between two. `forwarded` has it too; the server's
   * reply is discarded.
   */
  readonly preludes: readonly Bytes[]
  /** The answer of `ctx.startTls`; undefined: TLS was not started. */
  readonly startedTls: Bytes | undefined
  /** `ctx.set`, by field, of the declared type. `secret` ones are here, and nowhere else. */
  readonly fields: Readonly<Record<string, string | number | boolean>>
  /** `ctx.count`, added up. */
  readonly counters: Readonly<Record<string, number>>
  readonly logs: readonly { readonly level: LogLevel, readonly text: string }[]
  /** The keys of `ctx.pin` with `beside`. */
  readonly besides: readonly Key[]
  /** `ctx.serverRefused`. */
  readonly refusals: readonly string[]
  /** The key of the last `ctx.pin`. */
  readonly session: Key | undefined
  /** The last `ctx.idleTimeout`, in ms. */
  readonly idleTimeoutMs: number | undefined
  /** Entries into the sandbox, one for each chunk with inspected bytes, as one loop tick reads it. */
  readonly crossings: number
  /** All that the server got, in order: messages, replacements, `ctx.send`. */
  readonly forwarded: Bytes
  /** All bytes sent to the client, in order: the server's and the replies. */
  readonly returned: Bytes
  /** Undefined: still open. */
  readonly closed: Closed | undefined
  /** The reason as text, if there is any. */
  readonly detail: string
  /** The goodbye for each requested reason; undefined: a plain close. */
  readonly goodbyes: Readonly<Partial<Record<Reason, Bytes | undefined>>>
}

/** Options of a drive. */
export interface DriveOptions {
  /** Parameters of the user vserver; those that are left out have their defaults. */
  readonly params?: Readonly<Record<string, ParamValue>>
  /** Where the client comes from, and what its layers know of it. Default 127.0.0.1, port 49152, and nothing more. */
  readonly client?: Partial<ClientInfo>
  /**
   * The client may start TLS inside the protocol, and these are the facts known of it then. Chunks behind its request
   * are what is inside TLS. Default: it may not.
   */
  readonly startTls?: Partial<ClientInfo>
  /** Name of the user vserver. Default `test`. */
  readonly vserver?: string
  /** Reasons to request goodbyes for, at the end. */
  readonly goodbyes?: readonly Reason[]
  /** The client ends its stream after the last chunk. Default: it stays connected. */
  readonly end?: boolean
}

/** One chunk, as one read from a socket gives it: bytes of the client, or marked with the side that they come from. */
export type Chunk = Bytes | { readonly client: Bytes } | { readonly server: Bytes }

/** A stream: one chunk or several. */
export type Stream = Chunk | readonly Chunk[]
