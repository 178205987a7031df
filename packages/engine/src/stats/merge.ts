type Tree = { [name: string]: number | Tree }

const addInto = (total: Tree, part: Tree): void => {
  for (const [name, value] of Object.entries(part)) {
    const present = total[name]
    if (typeof value === 'number') total[name] = (typeof present === 'number' ? present : 0) + value
    else {
      const branch: Tree = typeof present === 'object' ? present : {}
      total[name] = branch
      addInto(branch, value)
    }
  }
}

/** Add up statistics: trees of the same shape whose leaves are numbers. The parts are not changed. */
export const mergeStats = <T extends object>(parts: readonly T[]): T => {
  const total: Tree = {}
  for (const part of parts) addInto(total, part as unknown as Tree)
  return total as unknown as T
}
