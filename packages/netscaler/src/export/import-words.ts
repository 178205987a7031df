import type { Entity } from '@weirlb/model'
import { dataOf } from '../table/data-url.ts'

/** Returns the words that bring the code of an extension. A built-in one is named by `-builtin`. */
export const importWords = ({ name, source }: Entity<'extensions'>): string[] =>
  source === undefined
    ? ['add', 'ns', 'extension', name]
    : ['import', 'ns', 'extension', dataOf(source, 'text/typescript'), name]
