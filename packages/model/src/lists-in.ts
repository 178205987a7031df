/** Strings of the rule language, raw ones included, and names of lists outside of them. */
const TOKEN = /r(#+)"[\s\S]*?"\1(?!#)|r"[^"]*"|"(?:[^"\\]|\\[\s\S])*"|\$([A-Za-z0-9_.-]+)/g

/** Returns the names of the lists that an expression of the rule language names, each once. */
export const listsIn = (expression: string): string[] => {
  const names = new Set<string>()
  for (const [, , name] of expression.matchAll(TOKEN)) if (name !== undefined) names.add(name)
  return [...names]
}
