import type { LinkSink } from './byte-link.ts'

/** The sink of a link that nobody has taken yet, that is refused, or that is gone. */
export const nobody: LinkSink = {
  onBytes () {},
  onEnd () {},
  onDrained () {},
  onClosed () {},
  onFault (error) { throw error }
}
