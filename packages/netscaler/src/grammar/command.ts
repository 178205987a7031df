import type { AuditEntry, CollectionName, Config, GlbMatch } from '@weirlb/model'
import type { Draft, Weir } from '@weirlb/core'
import type { Statement, Word } from '../lexer/statement.ts'
import type { Foreign, Parameter } from './option.ts'

/** The verbs, in the order of the reference. */
export const verbs = [
  'add',
  'set',
  'unset',
  'rm',
  'bind',
  'unbind',
  'enable',
  'disable',
  'rename',
  'show',
  'stat',
  'count',
  'clear',
  'save',
  'import',
  'update',
  'diff'
] as const
/** A verb of the table, or `help`, which is about all of them. */
export type Verb = typeof verbs[number] | 'help'

/** A value of a command, with the word it came from. */
export interface Given {
  readonly parameter: Parameter
  /** The value; the option itself for a flag. */
  readonly word: Word
  readonly value: unknown
}

/** A command as it was read. */
export interface Call {
  readonly command: Command
  readonly statement: Statement
  /** Arguments and options by name. */
  readonly given: ReadonlyMap<string, Given>
  /** What a caller has sent beside the commands. */
  readonly context: ExecContext
  /** List a part of the command as skipped. */
  skip (part: string, reason: string): void
}

/** What commands are run with. */
export interface ExecContext {
  /** Texts of the files that `local:` names. */
  readonly files: Readonly<Record<string, string>>
  /** Folder of relative paths of certificates and keys. */
  readonly folder: string | undefined
  /** Width of the terminal. */
  readonly columns: number
  /** Addresses of the servers that earlier commands of the request have named. */
  readonly servers: Map<string, string>
  /** Policies of earlier commands that wait for an LB vserver; undefined for one that was skipped. */
  readonly policies: Map<string, WaitingPolicy | undefined>
  /** Reads the audit log; undefined where there is none. */
  readonly audit?: ReadAudit | undefined
  /** Returns the configuration that commands would make from nothing, and changes none. */
  preview (weir: Weir, commands: string): Promise<Config>
}

/** Returns the last entries of the audit log, the newest first. */
export type ReadAudit = (limit: number) => readonly AuditEntry[]

/** A policy of content switching without an LB vserver. */
export interface WaitingPolicy { readonly match: GlbMatch, readonly call: Call }

/** What a command that shows something returns. */
export interface Shown {
  /** For people; each line ends with a line feed. */
  readonly text: string
  /** For programs. */
  readonly data: unknown
  /** A terminal shows it again and again; 0 times is without end. */
  readonly repeat?: { readonly times: number, readonly seconds: number }
}

/** An entity that a command writes. */
export interface Target { readonly collection: CollectionName, readonly name: string }

/** One row of the grammar. */
export interface Command {
  readonly verb: Verb
  /** Its words: `lb vserver`. */
  readonly object: string
  readonly parameters: {
    /** In their order. */
    readonly arguments: readonly Parameter[]
    readonly options: readonly Parameter[]
  }
  readonly foreign?: Foreign
  /** With one of these options the whole command is outside of Weir's world. */
  readonly outside?: Foreign
  readonly doc: string
  /** The operation of the REST API that does the same. */
  readonly rest: string
  readonly run: Edit | Action | (Edit & Action & { /** True for a call that acts. */ acts (call: Call): boolean })
}

/** True for a call that changes the configuration. */
export const isEdit = (call: Call): boolean =>
  'edit' in call.command.run && !('acts' in call.command.run && call.command.run.acts(call))

/** Changes the configuration: its effect is part of the one revision of all commands. */
export interface Edit {
  /** Returns the entity that it writes, or undefined if it changes none. */
  edit (draft: Draft, call: Call): Target | undefined
  /**
   * Makes the changes of several calls in succession that have the same key as one: each alone would check the whole
   * entity again.
   */
  readonly together?: { key (call: Call): string, edit (draft: Draft, calls: readonly Call[]): Target | undefined }
}

/** Reads, or acts on what runs, when every change has been applied. */
export interface Action {
  act (weir: Weir, call: Call): Promise<Shown | undefined> | Shown | undefined
}

/** An object that commands are about. */
export interface ObjectWords {
  /** As the reference shows it: `lb vserver`. */
  readonly object: string
  /** Other names of its last word: `vs`. */
  readonly aliases?: readonly string[]
  readonly doc: string
}
