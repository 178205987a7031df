import { AsyncLocalStorage } from 'node:async_hooks'
import type { Config } from '@weirlb/model'

/**
 * Called with a change before it is made; throws a WeirError if it may not be. Both configurations are complete,
 * private keys included.
 */
export type PermitChange = (before: Config, after: Config) => void

interface Held { readonly permit: PermitChange, open: boolean }

const store = new AsyncLocalStorage<Held>()

/**
 * Run something, and ask a function about each change of the configuration that it makes, until its promise settles.
 * Timers that it leaves behind are not asked about.
 */
export const permittingChanges = async <T>(permit: PermitChange, run: () => T | Promise<T>): Promise<T> => {
  const held = { permit, open: true }
  try {
    return await store.run(held, run)
  } finally {
    held.open = false
  }
}

/** Returns the function that decides about the changes of what runs now. */
export const permitNow = (): PermitChange | undefined => {
  const held = store.getStore()
  return held?.open === true ? held.permit : undefined
}
