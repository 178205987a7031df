/** What a shell offers for a value. */
export type Offered = 'file' | 'directory' | readonly string[] | {
  /** The names that would complete this command of NetScaler's language, on a running Weir. */
  readonly namesAfter: string
}

/** An argument of a command. */
export interface ArgumentRow {
  /** As help shows it: `FILE`. */
  readonly label: string
  readonly offered?: Offered
  /** It may be left out. */
  readonly optional?: true
  /** There may be several. */
  readonly many?: true
}

/** An option of a command, as the help, the completion of shells, the manual, and the command itself read it. */
export interface OptionRow {
  /** Without `--`. */
  readonly name: string
  /** One letter, without `-`, where it is written so. */
  readonly short?: string
  /** The value as help shows it; undefined for a flag. */
  readonly value?: string
  readonly offered?: Offered
  readonly doc: string
  /** The command needs it. */
  readonly required?: true
}

/** A command of `weir`. */
export interface CommandRow {
  /** Heading of the help that it stands under. */
  readonly group: string
  readonly doc: string
  readonly arguments: readonly ArgumentRow[]
  readonly options: readonly OptionRow[]
}
