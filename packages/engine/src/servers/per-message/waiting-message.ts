import type { LbRuntime, Picker } from '../../balancing/lb-vserver.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import type { Run } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'
import type { ServerPerMessage } from './server-per-message.ts'

const NONE: readonly ServiceRuntime[] = []

/** One message on its way to a server: its keys, and its bytes while its server is not known or not connected. Or a greeting, in its place among them. */
export class Letter implements Picker {
  readonly #router: ServerPerMessage
  readonly greeting: boolean
  /** The LB vserver that the extension named, or the default. */
  lb!: LbRuntime
  /** The one that chose its service: the same, or a backup. */
  chosenBy: LbRuntime | undefined
  /** Once a service is chosen. */
  server: ServerLink | undefined
  /** How many messages answer it. */
  replies = 1
  /** Its place among the replies. */
  run: Run | undefined
  chunks: Uint8Array[] = []

  // Picker
  tokenKey: string | undefined
  sessionKey: string | undefined
  tried: readonly ServiceRuntime[] = NONE
  asking: LbRuntime | undefined
  proposal: ServiceRuntime | undefined
  stray: string | undefined

  constructor (router: ServerPerMessage, greeting?: Uint8Array) {
    this.#router = router
    this.greeting = greeting !== undefined
    if (greeting !== undefined) this.chunks.push(greeting)
  }

  linkedTo (service: ServiceRuntime): boolean { return this.#router.linkedTo(service) }
  onPicked (lb: LbRuntime, service: ServiceRuntime, held: boolean): void { this.#router.onPicked(this, lb, service, held) }
  onNoService (reason: 'no-service' | 'limit'): void { this.#router.onNoService(this, reason) }
  onClaimed (service: string, hit: boolean): void {
    try {
      this.#router.onClaimed(this, service, hit)
    } catch (error) {
      this.#router.onFault(error)
    }
  }

  /** This one could not be reached, and has got nothing of it. */
  avoid (service: ServiceRuntime): void {
    this.tried = [...this.tried, service]
    this.server = undefined
  }

  /** Take a message's keys in place of the last one's. */
  address (lb: LbRuntime, token: string | undefined, session: string | undefined, replies: number): void {
    this.lb = lb
    this.tokenKey = token
    this.sessionKey = session
    this.replies = replies
    this.server = undefined
    this.stray = undefined
  }
}
