import type { SessionDirectory } from '@weirlb/engine'
import type { FromWorker, ToWorker } from './messages.ts'

/** A worker's messages about sessions. */
export type SessionMessage = Extract<FromWorker, { readonly kind: 'claim' | 'find' | 'pin' | 'release' }>

/** Apply a worker's message to its directory here, and send the results. */
export const answerSessions = (
  message: SessionMessage,
  directory: SessionDirectory,
  tell: (answer: ToWorker) => void
): void => {
  switch (message.kind) {
    case 'claim': directory.claim(message.claim, { onClaimed: (service, hit) => { tell({ kind: 'claimed', id: message.id, service, hit }) } }); break
    case 'find': directory.find(message.lbVserver, message.key, { onFound: service => { tell({ kind: 'found', id: message.id, service }) } }); break
    case 'pin': directory.pin(message.lbVserver, message.key, message.service); break
    case 'release': directory.release(message.lbVserver, message.key, message.ttlMs)
  }
}
