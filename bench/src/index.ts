// What a package's own benchmark shares with this one. The processes have doors of their own, to be forked.
export { answerUsage, type Usage } from './processes/answer-usage.ts'
export { Child } from './processes/child.ts'
export type { Order, Outcome } from './processes/order.ts'
export { median } from './statistics.ts'
export { inspectingProtocol, perMessageProtocol, tunnellingProtocol } from './wire/protocol.ts'
