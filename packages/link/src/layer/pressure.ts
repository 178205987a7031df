/** What the layers of a user vserver's clients are told of floods. */
export interface Pressure {
  /** The tighter limits hold now. */
  readonly high: boolean
  /** Returns true for an address that rates are not for. */
  exempts (address: string): boolean
}

/** There are no floods. */
export const calm: Pressure = { high: false, exempts: () => false }
