/** An HTTP request as it is inspected. */
export interface InspectedRequest {
  readonly client: { readonly address: string, readonly port: number }
  /** Port where it came in. */
  readonly port: number
  readonly method: string
  /** Path and query, as the client wrote them. */
  readonly uri: string
  /** `1.1` */
  readonly version: string
  /** Name, value, name, value, …: letters are bytes, as Node reads them. */
  readonly headers: readonly string[]
  /** As much of the body as is looked at; undefined: there is none. */
  readonly body: Uint8Array | undefined
}

/** How strictly requests are inspected. */
export interface InspectionSettings {
  /** Paranoia level of the Core Rule Set: 1 to 4. */
  readonly paranoia: number
  /** Anomaly score from which a request is refused. */
  readonly threshold: number
  /** Rules that are left out: identifiers, or the three digits that those of a category begin with. */
  readonly off: readonly string[]
}

/** A rule that a request has met. */
export interface MetRule { readonly id: string, readonly text: string }

/** What a request has met. */
export interface Inspection {
  /** Its score has reached the threshold. */
  readonly refused: boolean
  readonly score: number
  readonly rules: readonly MetRule[]
}
