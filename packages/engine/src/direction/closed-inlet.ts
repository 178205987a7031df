import { Inlet } from './inlet.ts'

/** Takes nothing any more: the connection is being closed. */
export class ClosedInlet extends Inlet {
  readonly atBoundary = true
  readonly knowsBoundaries = true
  onBytes (): void {}
  onEnd (): void {}
}
