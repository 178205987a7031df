/**
 * A service as a balancing method sees it. The array is the same one until the configuration changes; all but name and
 * weight change all the time. Counts include other workers', as they were up to 0.25 s ago.
 */
export interface Candidate {
  readonly name: string
  readonly weight: number
  /** Part of its weight that it has at present: less than 1 after it came up, with `slowStartSeconds`. */
  readonly ramp: number
  /** Connections open or about to be, and messages that it owes. */
  readonly active: number
  /** Messages that it owes; of protocols that place whole connections, connections. */
  readonly outstanding: number
  /**
   * Average time in which it passes its monitors' probes. Where a method has `times`, that of its clients' first
   * replies in this process is added, until ten seconds after the last one. Undefined: neither is known.
   */
  readonly responseMs: number | undefined
  /** It has refused a client in the last two seconds, as the extension reports. Where a method has `times`. */
  readonly refuses: boolean
  /** Bytes of both directions in a second. */
  readonly bytesPerSecond: number
  /**
   * How eligible it is, less being better: its priority; behind all others if it is doubtful, as after a failed dial;
   * Number.MAX_SAFE_INTEGER when it is full, Infinity when it can take no client for another reason.
   */
  readonly standing: number
}

/** The criteria for placing a client, or one of its messages. */
export interface Criteria {
  /** Key that the extension named for hashing, a byte string in latin1 form; undefined when it gave none. */
  readonly token: string | undefined
  /** Key of the persistence entry, a byte string in latin1 form, hashed when long; undefined when there is none. */
  readonly session: string | undefined
  /** The client's address. */
  readonly client: { readonly address: string, readonly port: number }
}

/**
 * One LB vserver's order of its services. The caller takes the first available one of the best standing and reports it.
 */
export interface BalancingMethod {
  /**
   * Write the indices of `candidates` into `order`, most wanted first.
   * Must not count the choice: a candidate may be skipped, or a session may decide otherwise.
   */
  order (candidates: readonly Candidate[], criteria: Criteria, order: number[]): void
  /**
   * Returns the first index of `order` among those of this standing, which is the best that any has, if that can be
   * found faster; -1: it cannot.
   */
  first? (candidates: readonly Candidate[], criteria: Criteria, standing: number): number
  /**
   * The same for a token that stands in these bytes and is not empty, where nothing but the token decides: no string is
   * made for it.
   */
  firstByToken?(candidates: readonly Candidate[], bytes: Uint8Array, from: number, to: number, standing: number): number
  /** The caller took this one by the method's choice. */
  took (index: number, candidates: readonly Candidate[]): void
  /** The taken candidate was not used after all: a session decided otherwise. */
  gaveBack (index: number, candidates: readonly Candidate[]): void
  /** Returns the reason for the order, as text for people. */
  explain? (criteria: Criteria): string
  /** True: `changed` is called also when counts and times of a candidate change, not only for its standing and ramp. */
  readonly counts?: boolean
  /** True: the times of clients' first replies are measured, and refusals are noted. Needs `counts`. */
  readonly times?: boolean
  /** Something about a candidate is another. */
  changed? (index: number, candidates: readonly Candidate[]): void
}

/** Makes a method for one LB vserver; a change of the LB vserver keeps it, unless another method is named. */
export type MethodFactory = () => BalancingMethod

/** Methods by the name that `method` of an LB vserver takes. */
export type Methods = Readonly<Record<string, MethodFactory>>
