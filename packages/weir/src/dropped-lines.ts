/** Lines that were dropped because nobody took them in time. */
export interface DroppedLines { readonly log: number, readonly accessLog: number }

export const noDroppedLines: DroppedLines = { log: 0, accessLog: 0 }

/** Returns the lines of several processes together. */
export const addDroppedLines = (all: readonly DroppedLines[]): DroppedLines =>
  all.reduce(
    (sum, { log, accessLog }) => ({ log: sum.log + log, accessLog: sum.accessLog + accessLog }),
    noDroppedLines
  )
