/** Why bytes are no header of the PROXY protocol. */
export class NoHeader {
  readonly why: string
  constructor (why: string) { this.why = why }
}
