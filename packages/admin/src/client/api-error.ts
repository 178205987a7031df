import type { Problem } from './operations.ts'

/** An unsuccessful response of the API. Recognise it by `code`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** The code of the problem; `internal` if the response was not Weir's. */
  readonly code: string
  readonly problem: Problem | undefined

  constructor (request: string, status: number, problem: Problem | undefined) {
    super(`${request}: ${status} ${problem?.detail ?? 'not an answer of Weir\'s API'}`)
    this.status = status
    this.code = problem?.code ?? 'internal'
    this.problem = problem
  }
}
