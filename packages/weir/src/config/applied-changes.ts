import { AsyncLocalStorage } from 'node:async_hooks'
import type { Config } from '@weirlb/model'

/** A change of the configuration that has been applied. */
export interface AppliedChange {
  /** Number of the new configuration. */
  readonly revision: number
  /** Complete, as `after` is: private keys included. */
  readonly before: Config
  readonly after: Config
}

/** Called with each change that is applied, before its caller gets the result. Must not throw. */
export type OnApplied = (change: AppliedChange) => void

interface Held { readonly onApplied: OnApplied, open: boolean }

const store = new AsyncLocalStorage<Held>()

/**
 * Run something, and call a function with the changes of the configuration that it makes, and no others, until its
 * promise settles. A start that replaces the saved configuration is one. Timers that it leaves behind, which may act
 * for others, are not followed.
 */
export const followingChanges = async <T>(onApplied: OnApplied, run: () => T | Promise<T>): Promise<T> => {
  const held = { onApplied, open: true }
  try {
    return await store.run(held, run)
  } finally {
    held.open = false
  }
}

/** Returns the function that follows the changes of what runs now. */
export const followerNow = (): OnApplied | undefined => {
  const held = store.getStore()
  return held?.open === true ? held.onApplied : undefined
}
