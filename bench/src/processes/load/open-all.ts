/** Connections that are being opened at the same time, so that no listen queue overflows. */
const OPENING = 50

/** Run `open` for 0 to count-1, a few at a time. */
export const openAll = async (count: number, open: (i: number) => Promise<void>): Promise<void> => {
  let next = 0
  await Promise.all(Array.from({ length: Math.min(OPENING, count) }, async () => {
    while (next < count) await open(next++)
  }))
}
