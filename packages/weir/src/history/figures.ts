/** One number of a sample: a rate, a level or a quantile. */
export interface FigureField { readonly doc: string, readonly unit: 'count' | 'bytes' | 'ms' }

/**
 * The numbers of a sample, of one user vserver or of all together. Rates are per second, over the time since the sample
 * before.
 */
export const figureFields = {
  connections: { unit: 'count', doc: 'Open connections at the time.' },
  accepted: { unit: 'count', doc: 'Clients that connected, per second.' },
  messages: { unit: 'count', doc: 'Messages that entered the sandbox, and HTTP requests that ended, per second.' },
  bytesIn: { unit: 'bytes', doc: 'Bytes read from clients, per second.' },
  bytesOut: { unit: 'bytes', doc: 'Bytes written to clients, per second.' },
  refused: {
    unit: 'count',
    doc: 'Refused clients and requests, per second: those that ended with a reason of `refusals`.'
  },
  connectMsP50: {
    unit: 'ms',
    doc: 'Time until a client had its first server: half of the clients were at most so long.'
  },
  connectMsP99: { unit: 'ms', doc: '99 of 100 were.' },
  firstReplyMsP50: {
    unit: 'ms',
    doc: 'Time from the first message until the first byte of the server: half were at most so long.'
  },
  firstReplyMsP99: { unit: 'ms', doc: '99 of 100 were.' },
  loopDelayMsP99: { unit: 'ms', doc: 'Delay of the event loop, in the worker with the longest: 99 of 100 timers were at most so late. Of all together alone.' }
} as const satisfies Readonly<Record<string, FigureField>>

/** Name of a figure. */
export type FigureName = keyof typeof figureFields
/** The names in their order. */
export const figureNames = Object.keys(figureFields) as FigureName[]

/** Figures of one time; null: there was nothing to measure. */
export type Figures = Readonly<Record<FigureName, number | null>>
