import { Inlet } from './inlet.ts'

/** A server's side under `replies: 'none'`: its link counts its bytes, which are discarded. */
export class DeafInlet extends Inlet {
  readonly atBoundary = true
  readonly knowsBoundaries = true
  onBytes (): void {}
  onEnd (): void { this.owner.onward.onServerEnded(this) }
}
