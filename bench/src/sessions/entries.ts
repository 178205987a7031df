// What the processes of this measurement share: the entries, and what they report.
import type { LongestTurn } from './turn-watch.ts'

export const LB = 'brokers'
export const services = ['broker-1', 'broker-2', 'broker-3', 'broker-4'] as const

/** A key of 64 bytes. */
export const keyOf = (i: number): string => `device-${i}-`.padEnd(64, 'x')

/** What a process with a table reports. */
export interface BookReport {
  /** How long it took to fill it, or to read it, and how much processor time. */
  readonly beganMs: number
  readonly beganCpuMs: number
  /** Resident memory that each entry has added, its key included. */
  readonly bytesPerEntry: number
  /** The longest turn of the event loop in each phase. */
  readonly turns: Readonly<Record<string, LongestTurn>>
}
