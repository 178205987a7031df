// The memory that host and guest share: a control block of fixed-size records and an arena of bytes, each in two
// banks, so that one batch is in flight while the next gathers. Both are handed over once.
//
//   control (Int32)  bank 0: [ requests | answers | effects | counts ]   bank 1: the same   [ processed ] [ progress ]
//   arena   (bytes)  bank 0: [ in | out ]                                bank 1: the same
//
// Offsets in records count from the start of the bank's in part (requests) or out part (answers, effects, counts).
// Any word may hold any value: each side reads it once into a local and then checks it.
import type { Declaration, SideDeclaration } from './declaration.ts'
import { largestFrame, largestPeek } from './declaration.ts'

/**
 * In a line of a stack: the text of a handler follows, as JSON. The host replaces both by the handler's place in the
 * bundle.
 */
export const HANDLER_FRAME = 'weir-handler '

/** Maximum requests in one batch. */
export const MAX_BATCH = 512
/** Maximum effects in one batch. */
export const MAX_EFFECTS = 2048
/** Maximum calls of `onData` in one batch: they are cheap, and each batch has one time-out. */
export const MAX_CALLS = 4096
/** Maximum effects of one message. */
export const MAX_MESSAGE_EFFECTS = 256

/** Maximum counters that one batch increments. */
export const MAX_COUNTS = 256
/** Maximum counters that one message is the first of its batch to increment. */
export const MAX_MESSAGE_COUNTS = 64

/** Maximum replies to one message. */
export const MAX_REPLIES = 65_535

/** Words of a request. */
export const REQUEST_WORDS = 8
/** Words of an answer. */
export const ANSWER_WORDS = 20
/** Words of an effect. */
export const EFFECT_WORDS = 6
/** Words of a count. */
export const COUNT_WORDS = 4

/** Word at which the answers of a batch begin. */
export const ANSWERS_AT = MAX_BATCH * REQUEST_WORDS
/** Word at which the effects of a batch begin. */
export const EFFECTS_AT = ANSWERS_AT + MAX_BATCH * ANSWER_WORDS
/**
 * One word, how many counts there are, and then the counts: of the whole batch, for it does not matter which message
 * has added what.
 */
export const COUNTS_AT = EFFECTS_AT + MAX_EFFECTS * EFFECT_WORDS
/** Words of one bank of the control block. */
export const BANK_WORDS = COUNTS_AT + 1 + MAX_COUNTS * COUNT_WORDS

/**
 * Follows both banks: the number of requests that the last run processed, also its return value. A runtime may lose
 * the return value of a call that completed.
 */
export const PROCESSED_AT = 2 * BANK_WORDS
/** Follows that word: the index of the request that the run is at. A run that times out leaves it behind. */
export const PROGRESS_AT = PROCESSED_AT + 1

/** Words of a request. */
export const Request = { event: 0, slot: 1, side: 2, offset: 3, length: 4, frameLength: 5, arg: 6, arg2: 7 } as const

export const Event = {
  /** slot: vserver index; bytes: JSON `{ name, params, startTls }`. No answer. */
  vserver: 1,
  /** slot: connection; arg: vserver index; arg2: client port; bytes: `clientText`. */
  open: 2,
  /** side, bytes: the frame or its head; frameLength: its true length. */
  message: 3,
  /** arg: index in goodbyeReasons; arg2: 1 when server bytes have gone to the client. */
  goodbye: 4,
  /** bytes: the close reason in ASCII. Frees the slot. No answer. */
  close: 5,
  /**
   * side, bytes: what is undecided of a stream; arg: 1 when the stream ends with it; arg2: 1 when server bytes have
   * gone to the client.
   */
  data: 6,
  /**
   * slot: NO_SLOT; bytes: `writeProbeCall`. The answer's op is forward and its bytes are the probe to send; or threw.
   */
  probeSend: 7,
  /**
   * slot: NO_SLOT; bytes: `writeProbeCall` with a server's message, or its head; frameLength: its full length. Answer:
   * forward (up; with bytes: send them and judge the next message, text: what is awaited), reject (down; text: why),
   * malformed or threw.
   */
  probeJudge: 8,
  /**
   * slot: NO_SLOT; bytes: JSON of a vserver's parameters. The answer's op is forward and its bytes are the JSON of
   * checkParams' result; or threw.
   */
  checkParams: 9,
  /**
   * arg: index in unansweredReasons; bytes: the key of an abandoned request. Answer: forward, with effects; or threw.
   */
  unanswered: 10,
  /**
   * arg: a split; bytes: a list of the keys of each server, a key's place in two bytes, little-endian. Answer: forward,
   * bytes: a list of messages, one per server; or threw.
   */
  part: 11,
  /**
   * arg: a split; arg2: 1 if the replies were discarded; bytes: a list: a list of all services' names, and for each
   * reply one byte, 0 if there is none, with the service's name behind it, and the reply. Where the split has tokens
   * there are keys in place of names, two bytes each. Answer: forward, bytes: the one reply; or threw.
   */
  gather: 12,
  /** slot: connection; arg2: client port; bytes: `clientText`, with more facts than before. No answer. */
  facts: 13,
  /** As `checkParams`, for the parameters of a monitor and `probe.checkParams`. */
  checkProbeParams: 14
} as const

/** In the slot word: the request concerns no connection. */
export const NO_SLOT = -1

/** Maximum bytes of a server's reply that a probe receives. */
export const MAX_PROBE_ANSWER = 64 * 1024

/** Number of a side. */
export const SideIndex = { client: 0, server: 1 } as const

/** Words of an answer. A length of -1 means absent. */
export const Answer = {
  op: 0,
  then: 1,
  tokenOffset: 2,
  tokenLength: 3,
  sessionOffset: 4,
  sessionLength: 5,
  viaOffset: 6,
  viaLength: 7,
  bytesOffset: 8,
  bytesLength: 9,
  textOffset: 10,
  textLength: 11,
  effectsFrom: 12,
  effectsCount: 13,
  /** Messages of a server that reply to this one. */
  replies: 14,
  /**
   * For a stream: further bytes needed beyond those shown. For a handler that threw: 1 if it had originated more than
   * its limit.
   */
  count: 15,
  /** Bits of `Extra`: the words after this one that apply. */
  extras: 16,
  matchOffset: 17,
  matchLength: 18,
  /** Messages before the replies that are discarded. */
  swallow: 19
} as const

/** Rare parts of an answer, by bits. */
export const Extra = { match: 1, swallow: 2, keep: 4, letGo: 8, unasked: 16, known: 32 } as const

export const Op = {
  /** An event without an answer. */
  none: 0,
  forward: 1,
  drop: 2,
  /** text: why; bytes: the reply. */
  reject: 3,
  /** A handler threw Malformed. text: its message and stack. */
  malformed: 4,
  /**
   * A handler threw, or returned an invalid value. text: message and stack; count: 1 if it had originated more than
   * its limit.
   */
  threw: 5,
  /** The direction was piped, or the connection ended, before this request; the handler did not see it. */
  skipped: 6,
  /**
   * For a stream, after the effects pass and drop: `count` further bytes are needed beyond those shown; 0: the
   * batch had no room for more verdicts.
   */
  more: 7,
  /** For a stream, after the effects pass and drop: the rest passes without inspection. then: pipe or tunnel. */
  pipe: 8,
  /** bytes: as `writeSplit` writes them; via: as of forward. The n-th of a connection is split n, from 0. */
  split: 9
} as const

/** Number of `then` in an answer. */
export const ThenIndex = { continue: 0, pipe: 1, tunnel: 2 } as const

/** Words of an effect. */
export const Effect = { kind: 0, a: 1, b: 2, offset: 3, length: 4 } as const

export const EffectKind = {
  /** bytes → client */
  reply: 1,
  /** bytes → server */
  send: 2,
  /** bytes: the key; a: 1 if it is a further one */
  pin: 3,
  /** a: milliseconds */
  idleTimeout: 4,
  /**
   * a: index of the declared field; b: 1 if it is for rules alone; bytes: the value as text, of `strings` and `map` as
   * JSON
   */
  set: 5,
  /** a: index in logLevels; bytes: the text */
  log: 6,
  /** For a stream: a × COUNT_UNIT + b bytes are forwarded. */
  pass: 7,
  /** For a stream: a × COUNT_UNIT + b bytes are discarded. */
  drop: 8,
  /** When the batch is traced. a: 0, of the verdict; 1, of the log before it; bytes: a stack */
  site: 9,
  /** bytes: the prelude of every server link from now on */
  prelude: 10,
  /** bytes: the last ones to the client before TLS; the answer's op is drop */
  startTls: 11,
  /** bytes: why the server refused the client, as text */
  serverRefused: 12,
  /** bytes: what the client gets if a rule blocks the message; a: 1 if a rate limit does */
  refusal: 13,
  /**
   * a: index of the declared field; b: as of `set`, and a number of 30 bits above that bit: the value of an int, or 0
   * or 1 of a bool
   */
  setNumber: 14,
  /** a: what the message costs */
  cost: 15,
  /** a: 1 if every later message of the client enters, 0 if declared keys decide again */
  inspectAll: 16
} as const

/** Largest number of an effect `setNumber`. */
export const MAX_NUMBER = 0x3fff_ffff

/** A count of bytes may be larger than one word: it is written as two, of which this is the larger one's unit. */
export const COUNT_UNIT = 0x40000000

/** Words of a count: where its counter's name is, and the increment, 31 bits in each of two words. */
export const Count = { offset: 0, length: 1, low: 2, high: 3 } as const

/** Levels by the number that an effect `log` has. */
export const logLevels = ['debug', 'info', 'warn'] as const

export const unansweredReasons = ['timeout', 'service-down'] as const

export const goodbyeReasons = [
  'no-service', 'dial-failed', 'service-down', 'draining', 'shutdown', 'limit', 'killed', 'protocol-error', 'idle',
  'extension-error', 'rule', 'rate-limit'
] as const

/** Added to a bank: record where verdicts are created. */
export const TRACED = 2

/** Where a run argument has the ms of its slice. */
export const SLICE_SHIFT = 18
/** Longest slice that fits. */
export const MAX_SLICE_MS = 8191

/**
 * Returns how long a run may start further requests, in ms: a quarter of one request's limit, so that many slow
 * requests are not mistaken for one that is too slow.
 */
export const sliceOf = (batchTimeoutMs: number): number => Math.max(1, Math.min(MAX_SLICE_MS, batchTimeoutMs >> 2))

/** The single number that goes into the guest. */
export const runArgument = (bank: number, count: number, sliceMs: number): number =>
  sliceMs << SLICE_SHIFT | bank << 16 | count

/** Sizes of one guest's arena, in bytes per bank. */
export interface Layout { readonly inBytes: number, readonly outBytes: number }

const MIN_IN = 256 * 1024
/** A frame that enters the sandbox whole may not be larger than this; larger frames need `peek`. */
export const MAX_ENTRY = 4 * 1024 * 1024

/** Maximum bytes of replies that enter the sandbox to become one, with their lengths and the services' names. */
export const MAX_GATHERED = 1024 * 1024 + 128 * 1024

/** Maximum undecided bytes of a stream that enter the sandbox at once. */
export const STREAM_ENTRY = MIN_IN

/** Returns the maximum bytes of one frame, or of a stream, that enter the sandbox at once on this side. */
export const largestEntry = (side: SideDeclaration): number =>
  side.kind === 'stream'
    ? STREAM_ENTRY
    : side.handler
    ? Math.min(side.peek === undefined ? Infinity : largestPeek(side.peek), largestFrame(side.framing))
    : 0

/**
 * Returns arena sizes that fit any single message of the protocol and its answer: a replacement of it, and twice the
 * originated maximum. With less, every batch would end after one message.
 */
export const layoutFor = (declaration: Declaration, originatedBytes: number): Layout => {
  const entry = Math.max(largestEntry(declaration.client), declaration.server ? largestEntry(declaration.server) : 0)
  const gathered =
    declaration.replies === 'in-order' && declaration.client.kind === 'messages' && declaration.client.handler
      ? MAX_GATHERED
      : 0
  const round = (n: number): number => Math.ceil(n / 4096) * 4096
  return {
    inBytes: round(Math.max(MIN_IN, entry, gathered)),
    outBytes: round(Math.max(MIN_IN, 2 * originatedBytes + Math.max(entry, gathered)))
  }
}

/** Shared memory as both sides see it. */
export interface SharedMemory { readonly control: Int32Array, readonly arena: Uint8Array, readonly layout: Layout }

/** Allocate the memory of one guest. */
export const allocate = (layout: Layout): SharedMemory => ({
  control: new Int32Array(new SharedArrayBuffer((PROGRESS_AT + 1) * 4)),
  arena: new Uint8Array(new SharedArrayBuffer(2 * (layout.inBytes + layout.outBytes))),
  layout
})
