/** The middle of the numbers, the upper one of two. */
export const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!
