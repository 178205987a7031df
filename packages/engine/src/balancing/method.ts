/**
 * A service as a balancing method sees it. The array is the same one until the configuration changes; `active`
 * changes all the time.
 */
export interface Candidate {
  readonly name: string
  readonly weight: number
  /** Connections open or about to be, from this worker. */
  readonly active: number
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

/** One LB vserver's order of its services. The caller takes the first available one and reports it. */
export interface BalancingMethod {
  /**
   * Write the indices of `candidates` into `order`, most wanted first.
   * Must not count the choice: a candidate may be skipped, or a session may decide otherwise.
   */
  order (candidates: readonly Candidate[], criteria: Criteria, order: number[]): void
  /** Returns the index that `order` would write first, if that can be found faster; -1: it cannot. */
  first? (candidates: readonly Candidate[], criteria: Criteria): number
  /** The caller took this one by the method's choice. */
  took (index: number, candidates: readonly Candidate[]): void
  /** The taken candidate was not used after all: a session decided otherwise. */
  gaveBack (index: number, candidates: readonly Candidate[]): void
  /** Returns the reason for the order, as text for people. */
  explain? (criteria: Criteria): string
}

/** Makes a method for one LB vserver; a change of the LB vserver keeps it, unless another method is named. */
export type MethodFactory = () => BalancingMethod

/** Methods by the name that `method` of an LB vserver takes. */
export type Methods = Readonly<Record<string, MethodFactory>>
