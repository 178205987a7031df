import type { ClientFacts } from '@weirlb/link'
import type { AnswerReader } from './answer.ts'

/** The extension host's interface of a connection. */
export interface GuestClient {
  /** Slot in the guest, or -1. Owned by the host. */
  slot: number
  /** The host's incarnation that `slot` belongs to. */
  incarnation: number
  /** Facts about the client. */
  readonly facts: ClientFacts
  /** There are more facts than the guest has. The host tells it with the next message. */
  hasNewFacts: boolean
  /** The guest has functions that will be called for it (`split`), besides any state: no other guest can serve it. */
  readonly splitting: boolean
  /** As people are shown it. */
  readonly id: string
  readonly vserverName: string
  /** The session key of a connection that has one for its life. */
  readonly session: string | undefined
  /** True when it has this key, or one of its messages had. */
  holdsSession (session: string): boolean
  /** Index and declaration of its vserver, as the guest has them. */
  readonly vserverIndex: number
  /** All answers of a batch have been delivered; forward the decided bytes. */
  onBatchEnd (): void
  /** The guest's word on the new connection. */
  onOpened (answer: AnswerReader): void
  /** Called with the goodbye, if any. */
  onGoodbye (bytes: Uint8Array | undefined): void
  /** Called with the answer to `onClose`; the connection is gone. */
  onClosedAnswer (answer: AnswerReader): void
  /** The host may have room again, or the guest is back. */
  onHostReady (): void
  /**
   * The guest died while it knew this connection (`extension-error`), or is out of service and this connection waited
   * for it (`extension-down`).
   */
  onGuestLost (reason: 'extension-error' | 'extension-down', message: string): void
  /** One of these calls threw: only this connection ends. */
  onFault (error: unknown): void
}
