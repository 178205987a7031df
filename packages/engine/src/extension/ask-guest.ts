import type { Guest } from '@weirlb/sdk/abi'
import { positionIn } from './position.ts'
import { AnswerReader } from './answer.ts'
import { Batch } from './batch.ts'

const BANK = 0

/** An answer that has been read. */
export interface Said { readonly op: number, readonly bytes: Uint8Array | undefined, readonly text: string }

/**
 * Make one call to an otherwise idle guest that concerns no connection. Rejects with an Error if the guest dies of
 * it; its message may have a stack.
 */
export const askGuest = (guest: Guest, event: number, bytes: Uint8Array, length: number): Promise<Said> => new Promise((resolve, reject) => {
  const batch = new Batch(guest.memory, BANK)
  batch.addCall(event, bytes, length)
  guest.run(BANK, batch.count, {
    batchDone: () => {
      const answer = new AnswerReader(guest.memory)
      if (answer.read(BANK, 0)) resolve({ op: answer.op, bytes: answer.bytes, text: answer.text })
      else reject(new Error('the shared memory was tampered with'))
    },
    batchCut: (_bank, _processed, { message }) => { reject(new Error(message)) },
    batchFailed: (_bank, { message }) => { reject(new Error(message)) }
  })
})

/** Returns an exception and its position on one line, for operators. */
export const toldInOneLine = (text: string, guest: Pick<Guest, 'mapStack'> | undefined): string => {
  const stack = guest?.mapStack(text) ?? text
  const at = positionIn(stack)
  return `${stack.split('\n', 1)[0]!}${at === undefined ? '' : ` (${at})`}`
}
