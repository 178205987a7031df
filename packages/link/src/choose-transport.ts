import { WeirError } from '@weirlb/model'
import { createNodeTransport } from './node/node-transport.ts'
import type { Transport } from './transport.ts'
import type { TransportChoice } from './transport-choice.ts'
import { availability } from './uring/availability.ts'
import { createUringTransport } from './uring/uring-transport.ts'

/** The transport in use, and the reason. */
export interface TransportInUse { readonly name: 'node' | 'uring', readonly reason: string }
export interface ChosenTransport extends TransportInUse { readonly transport: Transport }

const ASKED_FOR = 'asked for'

const choices = {
  node: () => ({ name: 'node', reason: ASKED_FOR, transport: createNodeTransport() }),
  uring: () => {
    const { loop, reason } = availability()
    if (loop === undefined)
      throw new WeirError(
        'transport-unavailable',
        `transport: 'uring' cannot be used here: ${reason}; 'auto' uses 'node' instead`
      )
    return { name: 'uring', reason: ASKED_FOR, transport: createUringTransport(loop) }
  },
  auto: () => {
    const { loop, reason } = availability()
    if (loop === undefined)
      return { name: 'node', reason: `io_uring cannot be used: ${reason}`, transport: createNodeTransport() }
    return { name: 'uring', reason: 'io_uring can be used', transport: createUringTransport(loop) }
  }
} satisfies Record<TransportChoice, () => ChosenTransport>

/**
 * Create the transport of this process. Throws WeirError transport-unavailable if `uring` is requested but
 * unavailable.
 */
export const chooseTransport = (choice: TransportChoice): ChosenTransport => choices[choice]()
