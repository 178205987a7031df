import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { collectionNames, emptyRecord, runInSlices, WeirError, type Config } from '@weirlb/model'
import type { Draft, Weir } from '@weirlb/core'
import { fault } from '../fault.ts'
import {
  isEdit,
  type Action,
  type Call,
  type Edit,
  type ExecContext,
  type ReadAudit,
  type Shown
} from '../grammar/command.ts'
import { findCommand } from '../grammar/find-command.ts'
import { placedError } from '../grammar/placed-error.ts'
import { outsideReason, readCall, titleOf, type ReadCall } from '../grammar/read-call.ts'
import { isOption, type Word } from '../lexer/statement.ts'
import { readStatements } from '../lexer/read-statements.ts'
import { grammar } from '../commands/grammar.ts'
import { AbsentEntities } from './absent-entities.ts'
import { checkReferences, EditLog } from './edit-log.ts'
import { helpCommand } from './help-command.ts'

/** Commands, and what they need beside. */
export interface ExecRequest {
  /** One command a line. */
  readonly commands: string
  /** Texts of files by the names that `import` has for them. */
  readonly files?: Readonly<Record<string, string>> | undefined
  /** Folder, on the machine of Weir, of relative paths of certificates and keys. */
  readonly folder?: string | undefined
  /** Width of the output. Default: 100. */
  readonly columns?: number | undefined
  /** ETag of the whole configuration that the commands are for. */
  readonly ifMatch?: string | undefined
  /** Called with the commands before any of them runs; throws for what the caller may not do. */
  readonly permit?: ((commands: readonly AskedCommand[]) => void) | undefined
  /**
   * Called with the configuration before the commands and the one that they would make; throws for what the caller may
   * not change.
   */
  readonly permitChange?: ((before: Config, after: Config) => void) | undefined
  /** Reads the audit log, where there is one. */
  readonly audit?: ReadAudit | undefined
}

/** A command, for whoever decides whether it may run. */
export interface AskedCommand {
  readonly line: number
  /** Its verb and object. */
  readonly command: string
  /** The operation of the REST API that does the same. */
  readonly operation: string
  /** True for one that changes nothing. */
  readonly reads: boolean
  /** True for one that changes the configuration, false for one that acts on what runs. */
  readonly edits: boolean
  /** The entity that it names, if it names one. */
  readonly name: string | undefined
}

/** What a command has shown. */
export interface ExecResult extends Shown {
  readonly line: number
  /** Its verb and object: `show lb vserver`. */
  readonly command: string
}

/** A command, or an option of one, that is outside of Weir's world. */
export interface Skipped {
  readonly line: number
  /** Its first words, or its verb, object and option. Values are not shown: they may be secrets. */
  readonly command: string
  readonly reason: string
}

/** What commands have done. */
export interface ExecDone {
  /** Number of the running configuration. */
  readonly revision: number
  /** ETag of the configuration, if commands were to change it. */
  readonly etag: string | undefined
  /** Commands that were run, beside those that show something. */
  readonly changes: number
  readonly results: readonly ExecResult[]
  readonly skipped: readonly Skipped[]
}

/** Most commands of one request that show something or act: what they show is in memory until the answer is sent. */
export const MAX_ACTIONS = 100

/** Verbs of commands that change nothing. */
const READING: ReadonlySet<string> = new Set(['show', 'stat', 'count', 'diff', 'save', 'help'])

/** Most commands of one request. */
export const MAX_COMMANDS = 10_000

/**
 * Run commands. All of them are read first; their changes are one revision, or nothing changes; then those that show
 * something, or act on what runs, follow in their order. Rejects with command-invalid, or as any write; the issues have
 * the line and the column. Where something was changed before one of the latter failed, an issue `applied` says what.
 */
export const exec = async (weir: Weir, request: ExecRequest): Promise<ExecDone> => {
  const context = contextOf(request)
  const { calls, skipped } = await runInSlices(readCommands(request.commands, context), turnOfTheLoop)
  const edits = calls.filter(isEdit)
  const actions = calls.filter(call => !isEdit(call))
  if (actions.length > MAX_ACTIONS)
    throw fault(
      { line: actions[MAX_ACTIONS]!.statement.line, column: 1 },
      `these are ${actions.length} commands that show something; expected at most ${MAX_ACTIONS} at a time`
    )
  request.permit?.(calls.map(asked))
  const etag = edits.length === 0 ? undefined : await apply(weir, edits, request)
  const results: ExecResult[] = []
  let acted = false
  for (const call of actions) {
    const { command, statement: { line } } = call
    const shown = await act(weir, command.run as Action, call).catch((error: unknown) => {
      throw etag === undefined && !acted ? error : afterChanges(error, line, edits.length)
    })
    acted ||= !READING.has(command.verb)
    if (shown !== undefined) results.push({ line, command: titleOf(command), ...shown })
  }
  return { revision: (await weir.health()).revision, etag, changes: edits.length, results, skipped: skipped() }
}

const asked = (call: Call): AskedCommand => {
  const { command, statement: { line }, given } = call
  const name = given.get('name')?.value ?? given.get('vServer')?.value
  return {
    line,
    command: titleOf(command),
    operation: command.rest,
    reads: READING.has(command.verb),
    edits: isEdit(call),
    name: typeof name === 'string' ? name.replace(/^glb\//, '') : undefined
  }
}

const contextOf = (
  { files = emptyRecord(), folder, columns = 100, audit }: Omit<ExecRequest, 'commands'>
): ExecContext => ({
  files,
  folder,
  columns,
  audit,
  servers: new Map(),
  policies: new Map(),
  preview: async (weir, commands) => await preview(weir, { files, folder, commands })
})

/** The configuration that commands would make from nothing: the edit is given up when it is made. */
const preview = async (weir: Weir, request: ExecRequest): Promise<Config> => {
  const { calls } = await runInSlices(readCommands(request.commands, contextOf(request)), turnOfTheLoop)
  let made: Config | undefined
  const given = new Error('this edit is only looked at')
  try {
    await weir.config.edit(function* (draft) {
      for (const collection of [...collectionNames].reverse())
        for (const { name } of [...draft.collection(collection).list()])
          draft.collection(collection).delete(name)
      yield* runEdits(draft, calls.filter(isEdit), new EditLog())
      made = draft.config
      throw given
    })
  } catch (error) {
    if (made === undefined) throw error
  }
  return made!
}

/** Commands that are read. */
export interface ReadCommands {
  readonly calls: readonly Call[]
  /** What is skipped, also of calls that have run. */
  skipped (): readonly Skipped[]
}

/** Reads every command, and yields after each. Throws command-invalid for the first that does not fit. */
export function * readCommands (commands: string, context: ExecContext): Generator<void, ReadCommands> {
  const statements = readStatements(commands)
  if (statements.length > MAX_COMMANDS)
    throw fault(
      { line: statements[MAX_COMMANDS]!.line, column: 1 },
      `these are ${statements.length} commands; expected at most ${MAX_COMMANDS} at a time`
    )
  const read: ReadCall[] = []
  const skipped: Skipped[] = []
  const absent = new AbsentEntities()
  for (const statement of statements) {
    yield
    const { line, words } = statement
    const found = words[0]!.text.toLowerCase() === 'help'
      ? { command: helpCommand, rest: words.slice(1) }
      : findCommand(grammar, statement)
    if ('skipped' in found) {
      skipped.push({ line, command: firstWords(words), reason: found.skipped })
      continue
    }
    const outside = outsideReason(found.command, found.rest)
    if (outside !== undefined) {
      skipped.push({ line, command: titleOf(found.command), reason: outside })
      continue
    }
    const one = readCall(found.command, statement, found.rest, context)
    const reason = one.outside ?? ownCertificate(one.call) ?? absent.reason(one.call)
    if (reason === undefined) {
      read.push(one)
      continue
    }
    absent.add(one.call)
    skipped.push({ line, command: titleOf(found.command), reason })
  }
  // A command may skip parts of itself while it runs.
  const parts = (): Skipped[] =>
    read.flatMap(({ call, skipped }) =>
      skipped.map(({ option, reason }) => ({
        line: call.statement.line,
        command: `${titleOf(call.command)} ${option}`,
        reason
      }))
    )
  return {
    calls: read.map(({ call }) => call),
    skipped: () => [...skipped, ...parts()].sort((a, b) => a.line - b.line)
  }
}

/** Every file of a NetScaler has the certificate of its own interface. */
const ownCertificate = ({ command: { object, verb }, given }: Call): string | undefined =>
  verb === 'add' && object === 'ssl certKey' &&
    /^ns-(server-certificate|sftrust-certificate)$/.test(String(given.get('name')?.value))
    ? 'it is the certificate of the NetScaler itself'
    : undefined

/** The words that a command begins with, before its options. */
const firstWords = (words: readonly Word[]): string => {
  const option = words.findIndex(isOption)
  return words.slice(0, option < 0 ? 3 : Math.min(3, option)).map(({ text }) => text).join(' ')
}

const apply = async (weir: Weir, calls: readonly Call[], { ifMatch, permitChange }: ExecRequest): Promise<string> => {
  const log = new EditLog()
  try {
    const { etag } = await weir.config.edit(function * (draft) {
      const before = draft.config
      yield * runEdits(draft, calls, log)
      permitChange?.(before, draft.config)
    }, { ifMatch })
    return etag
  } catch (error) {
    throw error instanceof WeirError ? log.place(error) : error
  }
}

/**
 * Makes the changes of commands in a draft, and yields after each. Throws as a write does, with the line and the
 * column.
 */
export function * runEdits (draft: Draft, calls: readonly Call[], log: EditLog): Generator<void> {
  for (let at = 0; at < calls.length;) {
    const call = calls[at]!
    const { together } = call.command.run as Edit
    let end = at + 1
    if (together !== undefined) {
      const key = together.key(call)
      while (end < calls.length && calls[end]!.command === call.command && together.key(calls[end]!) === key) end++
    }
    const run = calls.slice(at, end)
    const target = run.length === 1 ? change(draft, call) : together!.edit(draft, run)
    for (const one of run) log.add(one, target)
    at = end
    yield
  }
  for (const [name, waiting] of calls[0]?.context.policies ?? [])
    waiting?.call.skip(name, 'no LB vserver serves it: bind cs vserver … -targetLBVserver was not given')
  log.config = draft.config
  checkReferences(draft.config, log)
}

const change = (draft: Draft, call: Call): ReturnType<Edit['edit']> => {
  try {
    return (call.command.run as Edit).edit(draft, call)
  } catch (error) {
    throw error instanceof WeirError ? placedError(error, call) : error
  }
}

/** Returns the error of a command that acts, with an issue about what those before it have changed. */
const afterChanges = (error: unknown, line: number, edits: number): unknown => {
  if (!(error instanceof WeirError)) return error
  const applied = edits === 0
    ? `the commands before line ${line} were run`
    : `${edits} ${
      edits === 1 ? 'command has' : 'commands have'
    } changed the configuration; of the others, those from line ${line} on were not run`
  return new WeirError(error.code, `${error.message}; ${applied}`, {
    cause: error,
    retry: error.retry,
    issues: [...error.issues, { path: 'applied', message: applied }]
  })
}

const act = async (weir: Weir, action: Action, call: Call): Promise<Awaited<ReturnType<Action['act']>>> => {
  try {
    return await action.act(weir, call)
  } catch (error) {
    throw error instanceof WeirError ? placedError(error, call) : error
  }
}
