import type { LinkSink } from './byte-link.ts'

/** The sink of a link that has no owner yet, is refused, or is gone. */
export const nobody: LinkSink = {
  onBytes () {},
  onEnd () {},
  onDrained () {},
  onClosed () {},
  onFault (error) { throw error }
}
