const MAX_RETRY_MS = 30_000

/** Returns the wait before the next try after so many failures in a row, 1 or more: `firstMs`, doubling to 30 s. */
export const retryAfter = (failures: number, firstMs: number): number =>
  Math.min(firstMs * 2 ** (failures - 1), MAX_RETRY_MS)
