const SDK = '@weirlb/sdk'
const NAMED = /import\s+(type\s+)?\{([^}]*)\}\s*from\s*(['"])@weirlb\/sdk\3/g

/** Text that goes into another at a place. */
export interface Insertion { readonly from: number, readonly insert: string }

/**
 * Returns what has to be added to a text so that it imports a name of the SDK; undefined: it has the name already, or
 * the name is written at `at`, among those that are imported.
 */
export const importOf = (text: string, name: string, isType: boolean, at: number): Insertion | undefined => {
  if (
    new RegExp(`\\b(?:const|let|var|function|class|interface|type|enum)\\s+${name}\\b|\\bimport\\s+${name}\\b`).test(
      text
    )
  ) return undefined
  let open: Insertion | undefined
  for (const { 0: all, 1: typeOnly, 2: list = '', index } of text.matchAll(NAMED)) {
    if (at >= index && at <= index + all.length) return undefined
    if (list.split(',').some(each => each.trim().replace(/^type\s+/, '').split(/\s+as\s+/)[0] === name))
      return undefined
    if (typeOnly !== undefined && !isType) continue
    const begin = index + all.indexOf('{') + 1
    const kept = list.replace(/[\s,]+$/, '')
    const word = isType && typeOnly === undefined ? `type ${name}` : name
    open ??= {
      from: begin + kept.length,
      insert: kept.trim() === '' ? ` ${word}${list === '' ? ' ' : ''}` : `, ${word}`
    }
  }
  return open ?? { from: 0, insert: `import { ${isType ? 'type ' : ''}${name} } from '${SDK}'\n` }
}
