import type { FunctionFault } from '@weirlb/sdk/abi'

/**
 * Thrown into a function that reaches for what there is not; where it leaves the function, `fault` says what it was.
 */
export class FunctionFailure extends TypeError {
  readonly fault: FunctionFault
  constructor (fault: FunctionFault, message: string) {
    super(message)
    this.fault = fault
  }
}
