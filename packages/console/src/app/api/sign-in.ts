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

/** Ask for a token. Resolves when there is one; those who wait go on with what they were about to do. */
export const askForToken = async (reason: string): Promise<void> => {
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
