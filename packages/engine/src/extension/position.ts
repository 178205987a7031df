/** The topmost position in a mapped stack: `file.ts:12:5`. */
export const positionIn = (stack: string): string | undefined =>
  /^[ \t]+at (?:[^\n(]*\()?([^\n()]+:\d+:\d+)\)?$/m.exec(stack)?.[1]
