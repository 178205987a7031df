// Names and layouts of the kernel's interface. Everything without another source is from <linux/io_uring.h>
// (include/uapi/linux/io_uring.h), which is the same on every architecture; man pages: io_uring_setup(2),
// io_uring_enter(2), io_uring_register(2).

/**
 * System call numbers: <asm-generic/unistd.h>, and the same on x86-64, since all that were added after 5.0 have one
 * number everywhere.
 */
export const SYS_SETUP = 425
export const SYS_ENTER = 426
export const SYS_REGISTER = 427

// ── io_uring_setup: struct io_uring_params, in bytes ───────────────────────

export const PARAMS_BYTES = 120
export const PARAMS_SQ_ENTRIES = 0
export const PARAMS_CQ_ENTRIES = 4
export const PARAMS_FLAGS = 8
export const PARAMS_FEATURES = 20
/** struct io_sqring_offsets: where in the mapping the parts of the submission ring are. */
export const SQ_OFF_TAIL = 44
export const SQ_OFF_MASK = 48
export const SQ_OFF_FLAGS = 56
export const SQ_OFF_ARRAY = 64
/** struct io_cqring_offsets. */
export const CQ_OFF_HEAD = 80
export const CQ_OFF_TAIL = 84
export const CQ_OFF_MASK = 88
export const CQ_OFF_CQES = 100
export const CQ_OFF_FLAGS = 104

/** The completion ring's size is given. */
export const SETUP_CQSIZE = 1 << 3
/** Continue submitting after an entry that fails (5.18). */
export const SETUP_SUBMIT_ALL = 1 << 7
/** Set a flag in the submission ring when work waits for `enter` (5.19). */
export const SETUP_TASKRUN_FLAG = 1 << 9
/** One thread submits (6.0). */
export const SETUP_SINGLE_ISSUER = 1 << 12
/** Finish operations only when that thread requests completions, never by interrupting it (6.1). */
export const SETUP_DEFER_TASKRUN = 1 << 13

/** Both rings are one mapping. */
export const FEAT_SINGLE_MMAP = 1 << 0
/** Completions that find the ring full are kept. */
export const FEAT_NODROP = 1 << 1

/** Offsets at which the ring's descriptor is mapped. */
export const MAP_RINGS = 0
export const MAP_ENTRIES = 0x10000000

/** Bits of the submission ring's flags. */
export const SQ_CQ_OVERFLOW = 1 << 1
export const SQ_TASKRUN = 1 << 2
/** Bit of the completion ring's flags: do not signal the eventfd. */
export const CQ_EVENTFD_DISABLED = 1 << 0

// ── io_uring_enter ─────────────────────────────────────────────────────────

/** Run what is due and fetch completions. */
export const ENTER_GETEVENTS = 1 << 0

// ── io_uring_register ──────────────────────────────────────────────────────

export const REGISTER_EVENTFD = 4
/** struct io_uring_probe: 16 bytes, then 8 for each operation, of which the third and fourth are its flags. */
export const REGISTER_PROBE = 8
export const PROBE_BYTES = 16
export const PROBE_OP_BYTES = 8
export const PROBE_OP_FLAGS = 2
export const PROBE_OP_SUPPORTED = 1 << 0
/** struct io_uring_buf_reg (40 bytes): u64 address of the ring, u32 entries, u16 group. */
export const REGISTER_PBUF_RING = 22
export const PBUF_REG_BYTES = 40

// ── struct io_uring_sqe, 64 bytes, as sixteen 32-bit words ─────────────────
//   0  opcode u8 | flags u8 | ioprio u16          8, 9  user_data
//   1  fd                                         10    buf_group u16 | personality u16
//   2, 3  off / addr2 / cmd_op                    11    file_index / optlen
//   4, 5  addr / level, optname                   12,13 addr3 / optval
//   6  len                                        14,15 unused
//   7  flags of the operation

export const SQE_WORDS = 16
/** `flags`: the kernel takes a buffer of the group when there is something to put in it. */
export const SQE_BUFFER_SELECT = 1 << 5

export const OP_ACCEPT = 13
export const OP_ASYNC_CANCEL = 14
export const OP_CONNECT = 16
export const OP_CLOSE = 19
export const OP_SEND = 26
export const OP_RECV = 27
export const OP_SOCKET = 45

/** Every operation that is submitted, by the name that the kernel's header has behind `IORING_OP_`. */
export const OPERATIONS: Readonly<Record<string, number>> = {
  ACCEPT: OP_ACCEPT,
  ASYNC_CANCEL: OP_ASYNC_CANCEL,
  CONNECT: OP_CONNECT,
  CLOSE: OP_CLOSE,
  SEND: OP_SEND,
  RECV: OP_RECV,
  SOCKET: OP_SOCKET
}

/** `ioprio` of recv: continue receiving after the first completion (6.0). */
export const RECV_MULTISHOT = 1 << 1
/** Flags of cancel: all that match, found by descriptor (5.19). */
export const CANCEL_ALL = 1 << 0
export const CANCEL_FD = 1 << 1

// ── struct io_uring_cqe, 16 bytes, as four words: user_data (2), res, flags ─

export const CQE_WORDS = 4
/** A buffer was taken; its number is in the upper half of the flags. */
export const CQE_BUFFER = 1 << 0
/** More completions of this operation follow. */
export const CQE_MORE = 1 << 1
export const CQE_BUFFER_SHIFT = 16

// ── struct io_uring_buf, 16 bytes: u64 addr, u32 len, u16 bid, u16 resv ────
// The ring's tail lies over the first entry's `resv`.

export const BUF_WORDS = 4
export const BUF_TAIL_HALFWORD = 7
