/** A thing that is called by words. */
export interface Named { readonly name: string, readonly aliases?: readonly string[] }

/** True when a word is one of the names of a thing, in any case. */
export const isExactly = (word: string, { name, aliases = [] }: Named): boolean => {
  const given = word.toLowerCase()
  return name.toLowerCase() === given || aliases.some(alias => alias.toLowerCase() === given)
}

/** True when the name of a thing begins with a word, in any case. */
export const begins = (word: string, { name }: Named): boolean =>
  word !== '' && name.toLowerCase().startsWith(word.toLowerCase())

/**
 * Returns the things that a word names, without regard to case: the one of that very name, or those that begin with it.
 */
export const matchWord = <T extends Named>(word: string, choices: readonly T[]): readonly T[] => {
  const exact = choices.find(choice => isExactly(word, choice))
  return exact === undefined ? choices.filter(choice => begins(word, choice)) : [exact]
}
