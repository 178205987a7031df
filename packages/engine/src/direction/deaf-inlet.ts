import { Inlet } from './inlet.ts'

/** A server's side under `replies: 'none'`: what it says is counted by its link and goes nowhere. */
export class DeafInlet extends Inlet {
  readonly atBoundary = true
  readonly knowsBoundaries = true
  onBytes (): void {}
  onEnd (): void { this.owner.onward.onServerEnded(this) }
}
