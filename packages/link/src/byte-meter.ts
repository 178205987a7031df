/** Counts the bytes of many links together as each counts its own, so that no walk over the links is needed. */
export class ByteMeter {
  /** Bytes that arrived on the links. */
  read = 0
  /** Bytes that were written to them. */
  written = 0
}

/** For links that are not counted together. */
export const unmetered: ByteMeter = new ByteMeter()
