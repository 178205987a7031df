// Calls of one connection among many: an exception ends only its own connection.
import type { GuestClient } from './guest-client.ts'

export const endBatchOf = (client: GuestClient): void => {
  try {
    client.onBatchEnd()
  } catch (error) {
    client.onFault(error)
  }
}

export const wake = (client: GuestClient): void => {
  try {
    client.onHostReady()
  } catch (error) {
    client.onFault(error)
  }
}

export const lose = (client: GuestClient, reason: 'extension-error' | 'extension-down', message: string): void => {
  try {
    client.onGuestLost(reason, message)
  } catch (error) {
    client.onFault(error)
  }
}
