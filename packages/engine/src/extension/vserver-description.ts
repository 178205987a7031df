/** A user vserver as the guest is told of it. */
export interface VserverDescription {
  readonly name: string
  readonly params: object
  readonly startTls: boolean
  /** What its rules look at; undefined: nothing. */
  readonly rules?: {
    readonly messages: boolean
    readonly replies?: boolean
    readonly limits?: boolean
    readonly fields: readonly string[]
    readonly tolerant?: boolean
  } | undefined
}
