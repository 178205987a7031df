/** What a balancing method knows of a service. The array is the same one until the configuration changes; `active` changes all the time. */
export interface Candidate {
  readonly name: string
  readonly weight: number
  /** Connections open or about to be, from this worker. */
  readonly active: number
}

/** What a client, or one of its messages, is placed by. */
export interface Criteria {
  /** Key that the extension named for hashing, a byte string in latin1 form; undefined when it gave none. */
  readonly token: string | undefined
  /** Key of the persistence entry, a byte string in latin1 form, hashed when long; undefined when there is none. */
  readonly session: string | undefined
  /** Who the client is. */
  readonly client: { readonly address: string, readonly port: number }
}

/** One LB vserver's way to order its services. The caller takes the first that is available and says so. */
export interface BalancingMethod {
  /**
   * Write the indices of `candidates` into `order`, most wanted first.
   * Must not count the choice: a candidate may be skipped, or a session may decide otherwise.
   */
  order (candidates: readonly Candidate[], criteria: Criteria, order: number[]): void
  /** The caller took this one by the method's choice. */
  took (index: number, candidates: readonly Candidate[]): void
  /** What was taken was not used after all: a session decided otherwise. */
  gaveBack (index: number, candidates: readonly Candidate[]): void
  /** Why `order` puts candidates where it does, in words for people. */
  explain? (criteria: Criteria): string
}

/** Makes a method for one LB vserver; a change of the LB vserver keeps it, unless another method is named. */
export type MethodFactory = () => BalancingMethod

/** Methods by the name that `method` of an LB vserver takes. */
export type Methods = Readonly<Record<string, MethodFactory>>
