import { AsyncLocalStorage } from 'node:async_hooks'
import type { RevisionAuthor } from '@weirlb/model'

const authors = new AsyncLocalStorage<RevisionAuthor>()

/** Run something whose changes of a configuration are this author's, also those that it makes later. */
export const asAuthor = <T>(author: RevisionAuthor, run: () => T): T => authors.run(author, run)

/** Returns whose changes these are: the program's, if nobody else is named. */
export const authorNow = (): RevisionAuthor => authors.getStore() ?? { via: 'program' }
