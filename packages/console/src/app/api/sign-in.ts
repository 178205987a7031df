import { signal } from '@preact/signals'

const KEY = 'weir.token'

/** The API token of this tab; it ends with the tab. Undefined: requests carry none. */
export const token = signal(sessionStorage.getItem(KEY) ?? undefined)

/**
 * Why the API wants a token; undefined: it does not. While it is set, the page asks for one, above all that is open.
 */
export const wanted = signal<string | undefined>(undefined)

let waiting: Promise<void> | undefined
let answer = (): void => {}

/**
 * Ask for a token in place of `refused`, which the API has not taken. Resolves when there is another; those who wait go
 * on with what they were about to do. There may be another already: an answer may come late.
 */
export const askForToken = async (reason: string, refused: string | undefined): Promise<void> => {
  if (token.value !== refused) return
  wanted.value = reason
  waiting ??= new Promise(resolve => { answer = resolve })
  await waiting
}

/** Use a token that the API has accepted, in this tab. */
export const signIn = (accepted: string): void => {
  sessionStorage.setItem(KEY, accepted)
  token.value = accepted
  wanted.value = undefined
  waiting = undefined
  answer()
}

/** Forget the token. What is shown goes with it. */
export const signOut = (): void => {
  sessionStorage.removeItem(KEY)
  location.reload()
}
