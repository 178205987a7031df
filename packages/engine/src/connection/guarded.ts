import type { Connection } from './connection.ts'

/** Do something to one connection; what it throws ends that one, and the others have their turn. */
export const guarded = <T>(connection: Connection, act: () => T): T | undefined => {
  try {
    return act()
  } catch (error) {
    connection.onFault(error)
    return undefined
  }
}
