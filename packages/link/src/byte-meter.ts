/** Counts the bytes of many links together, where they are counted for each: nobody has to go through the links to know. */
export class ByteMeter {
  /** Bytes that arrived on the links. */
  read = 0
  /** Bytes that were written to them. */
  written = 0
}

/** Of links that nobody counts together. */
export const unmetered: ByteMeter = new ByteMeter()
