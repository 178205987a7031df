/** A text that is not saved yet, and the version that it began from; of a new one the name that was typed. */
export interface Draft { readonly text: string, readonly etag: string | undefined, readonly name?: string }

/** Unsaved texts by name: they stay while one looks at other pages. */
export type Drafts = Map<string, Draft>

/** Name of the draft of a new one; nothing that is stored has it. */
export const NEW = ''

const all: Drafts[] = []

/** Returns a place for the drafts of one kind. */
export const makeDrafts = (): Drafts => {
  const drafts: Drafts = new Map()
  all.push(drafts)
  return drafts
}

addEventListener('beforeunload', event => { if (all.some(({ size }) => size > 0)) event.preventDefault() })
