import { drive } from './drive.ts'
import type { DriveOptions, Stream } from './driven.ts'
import type { Subject } from './subject.ts'

/** What one runtime made of a stream. */
export interface Measured {
  /** Messages that a handler answered, each second. */
  readonly messagesPerSecond: number
  readonly nsPerMessage: number
  /** Entries into the sandbox for each of them: with one message a chunk, 1. */
  readonly crossingsPerMessage: number
  readonly messages: number
}

/**
 * Drive a stream again and again for `seconds`, each time as a new connection. The time is that of `drive`, connection and looking at every answer
 * included: good for comparing two versions or two runtimes, far above what a message costs in the engine. Throws when no message enters the sandbox.
 */
export const measure = (protocol: Subject, stream: Stream, seconds: number, options: DriveOptions = {}): Measured => {
  const first = drive(protocol, stream, options)
  if (first.verdicts.length === 0) throw new TypeError('no message of this stream enters the sandbox: there is nothing to measure')
  let messages = 0
  let crossings = 0
  const began = performance.now()
  let now = began
  while (now - began < seconds * 1000) {
    const driven = drive(protocol, stream, options)
    messages += driven.verdicts.length
    crossings += driven.crossings
    now = performance.now()
  }
  const ms = now - began
  return { messagesPerSecond: messages / ms * 1000, nsPerMessage: ms * 1e6 / messages, crossingsPerMessage: crossings / messages, messages }
}
