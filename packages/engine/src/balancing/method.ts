/** What a balancing method knows of a service. The array is the same one until the configuration changes; `active` changes all the time. */
export interface Candidate {
  readonly name: string
  readonly weight: number
  /** Connections open or about to be, from this worker. */
  readonly active: number
}

/** One LB vserver's way to order its services. The caller takes the first that is available and says so. */
export interface BalancingMethod {
  /**
   * Write the indices of `candidates` into `order`, most wanted first; `token` is undefined when the extension gave none.
   * Must not count the choice: a candidate may be skipped, or a session may decide otherwise.
   */
  order (candidates: readonly Candidate[], token: string | undefined, order: number[]): void
  /** The caller took this one by the method's choice. */
  took (index: number, candidates: readonly Candidate[]): void
  /** What was taken was not used after all: a session decided otherwise. */
  gaveBack (index: number, candidates: readonly Candidate[]): void
  /** Why `order` puts candidates where it does, in words for people. */
  explain? (token: string | undefined): string
}

/** Makes a method for one LB vserver; a change of the LB vserver keeps it, unless another method is named. */
export type MethodFactory = () => BalancingMethod

/** Methods by the name that `method` of an LB vserver takes. */
export type Methods = Readonly<Record<string, MethodFactory>>
