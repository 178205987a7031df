import type { SessionDirectory } from '@weirlb/engine'
import type { FromWorker, ToWorker } from './messages.ts'

/** What a worker asks and tells of sessions. */
export type SessionMessage = Extract<FromWorker, { readonly kind: 'claim' | 'find' | 'pin' | 'release' }>

/** Do what a worker says to the directory that is its own here, and tell it the answers. */
export const answerSessions = (message: SessionMessage, directory: SessionDirectory, tell: (answer: ToWorker) => void): void => {
  switch (message.kind) {
    case 'claim': directory.claim(message.claim, { onClaimed: (service, hit) => { tell({ kind: 'claimed', id: message.id, service, hit }) } }); break
    case 'find': directory.find(message.lbVserver, message.key, { onFound: service => { tell({ kind: 'found', id: message.id, service }) } }); break
    case 'pin': directory.pin(message.lbVserver, message.key, message.service); break
    case 'release': directory.release(message.lbVserver, message.key, message.ttlMs)
  }
}
