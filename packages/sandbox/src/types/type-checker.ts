import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { ExtensionError } from '../extension-error.ts'
import { hasSourceMap, isUnchecked, sourceName } from '../source-comments.ts'
import type { AuthorSource } from './author-files.ts'
import type { CheckReply, CheckRequest } from './check-process.ts'
import type { TypeFinding } from './type-finding.ts'

/** Bounds of a check. */
export interface CheckBounds {
  /** Most CPU time of one check, in ms; on a busy machine it may take ten times as long. */
  readonly timeoutMs: number
  /** Most memory of the process that checks and its compiler together, in MB. */
  readonly memoryMb: number
  /** The process ends after so many ms without a check. */
  readonly idleMs: number
  /** Checks that may wait for the one that runs. */
  readonly waiting: number
}
const defaults: CheckBounds = { timeoutMs: 10_000, memoryMb: 512, idleMs: 3000, waiting: 16 }

/** Checks of one process before another takes over: what the compiler has kept goes with it. */
const MOST_CHECKS = 100
/** How many times as long a check may take as its CPU time. */
const PATIENCE = 10
/** How often its memory is looked at. */
const LOOK_MS = 50
/** CPU time of the process in seconds; the system ends it even when this process is gone. */
const CPU_SECONDS = 120

/** A descriptor of its shell that ends with this process. */
const WATCHED = 4

/** Bytes of a page, and ms of a tick, in which /proc counts. */
const PAGE = 4096
const TICK_MS = 10
const MIB = 1024 * 1024

/**
 * Checks the types of extensions against the SDK's, in a process of its own with bounds on time and memory: no code of
 * the author's runs, and the caller's event loop does not wait. The process starts with the first check and ends when
 * there is none for a while.
 */
export class TypeChecker {
  readonly #bounds: CheckBounds
  #child: ChildProcess | undefined
  #checks = 0
  /** The check that runs, and those that wait. */
  #asked = 0
  /** Checks run one after another. */
  #last: Promise<unknown> = Promise.resolve()
  #idle: NodeJS.Timeout | undefined
  #number = 0

  constructor (bounds: Partial<CheckBounds> = {}) {
    this.#bounds = { ...defaults, ...bounds }
  }

  /**
   * Check a text, as it is imported under a name: an extension, or an edge function, which has other globals. Text that
   * says it is TypeScript, by its file's name or its types, is checked strictly; JavaScript as far as the SDK's types
   * reach into it. A text with a source map was made of other files, whose types are gone: it has nothing to check.
   * Throws an ExtensionError: extension-types with a place for every issue, extension-unchecked, or
   * extension-checks-waiting at once where too many wait.
   */
  async text (name: string, text: string, kind?: 'function'): Promise<void> {
    // The compiler would report nothing, and is not started for that.
    if (hasSourceMap(text) || isUnchecked(text)) return
    const called = sourceName(text)
    const file = called ?? `${name}.ts`
    const javaScript = called === undefined ? await isJavaScript(text) : called.endsWith('js')
    const found = await this.#queue({ name: javaScript ? 'source.js' : 'source.ts', text, kind })
    refuse(found.map(finding => ({ ...finding, file })))
  }

  /** Check a file of this machine and the author's files that it imports, as `text` does. */
  async file (path: string): Promise<void> { refuse(await this.#queue({ file: path })) }

  /** End its process. */
  close (): void {
    clearTimeout(this.#idle)
    this.#end()
  }

  async #queue (source: AuthorSource): Promise<readonly TypeFinding[]> {
    const { waiting } = this.#bounds
    if (this.#asked > waiting)
      throw new ExtensionError(
        'extension-checks-waiting',
        `${waiting} checks of types wait already; with check: 'off' the code is taken unchecked`,
        { retry: true }
      )
    this.#asked++
    const check = this.#last.then(async () => await this.#check(source))
    this.#last = check.catch(() => {})
    try { return await check } finally { this.#asked-- }
  }

  async #check (source: AuthorSource): Promise<readonly TypeFinding[]> {
    clearTimeout(this.#idle)
    if (this.#checks === MOST_CHECKS) this.#end()
    const child = this.#child ??= this.#start()
    this.#checks++
    const number = ++this.#number
    const { timeoutMs, memoryMb, idleMs } = this.#bounds
    const stop = new AbortController()
    const begun = performance.now()
    let usedBefore = 0
    let tooLong: NodeJS.Timeout | undefined
    const allow = (ms: number): void => {
      tooLong = setTimeout(() => {
        void cpuMsOf(child.pid!).then(used => {
          const left = used === undefined
            ? 0
            : Math.min(timeoutMs - (used - usedBefore), PATIENCE * timeoutMs - (performance.now() - begun))
          if (left < 1) stop.abort(`it took longer than ${timeoutMs / 1000} s`)
          else if (tooLong !== undefined) allow(left)
        })
      }, ms)
    }
    const look = setInterval(() => {
      void memoryOf(child.pid!).then(mb => { if (mb > memoryMb) stop.abort(`it took more than ${memoryMb} MB`) })
    }, LOOK_MS)
    const gone = (): void => { stop.abort('its process ended') }
    child.once('exit', gone)
    child.once('error', gone)
    try {
      usedBefore = await cpuMsOf(child.pid!) ?? 0
      allow(timeoutMs)
      child.send({ number, source } satisfies CheckRequest)
      const [reply] = await once(child, 'message', { signal: stop.signal }) as [CheckReply]
      if ('failed' in reply) throw unchecked(reply.failed)
      return reply.findings
    } catch (error) {
      this.#end()
      if (stop.signal.aborted) throw unchecked(String(stop.signal.reason), error)
      throw error
    } finally {
      clearTimeout(tooLong)
      tooLong = undefined
      clearInterval(look)
      child.off('exit', gone)
      child.off('error', gone)
      this.#idle = setTimeout(() => { this.#end() }, idleMs).unref()
    }
  }

  #start (): ChildProcess {
    this.#checks = 0
    const child = fork(fileURLToPath(new URL(`./check-process${extname(import.meta.url)}`, import.meta.url)), [], {
      // The shell becomes Node: what it limits stays limited, for the compiler too. Another waits until this process
      // has gone, however it ends, and ends them all: at work, they would not see it.
      execPath: '/bin/sh',
      execArgv: ['-c', `ulimit -t ${CPU_SECONDS}; { read -r _ <&${WATCHED}; kill -s KILL 0; } & exec nice "$0" --max-old-space-size=256 "$@" ${WATCHED}<&-`, process.execPath],
      // Nothing of this process's surroundings: no token, no flags, no file. A group of its own ends as one.
      env: { GOMAXPROCS: '1', GOMEMLIMIT: `${this.#bounds.memoryMb >> 1}MiB`, GOTRACEBACK: 'none' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'],
      detached: true
    })
    child.on('error', () => {})
    child.once('exit', () => {
      // Ended by somebody else: its compiler ends with it, and the next check starts another.
      endGroup(child)
      if (this.#child === child) this.#child = undefined
    })
    // It keeps no program alive by itself; a check that is under way does, by its timer.
    child.unref()
    child.channel?.unref()
    const held = child.stdio[WATCHED] as Socket
    held.on('error', () => {}).unref()
    return child
  }

  #end (): void {
    const child = this.#child
    this.#child = undefined
    if (child !== undefined) endGroup(child)
  }
}

/** End a process with those that it has started. */
const endGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return
  try { process.kill(-pid, 'SIGKILL') } catch { /* it has ended */ }
}

const unchecked = (why: string, cause?: unknown): ExtensionError =>
  new ExtensionError(
    'extension-unchecked',
    `types could not be checked: ${why}; with check: 'off' the code is taken unchecked`,
    { cause }
  )

/** Throws when there are findings. */
const refuse = (found: readonly TypeFinding[]): void => {
  const first = found[0]
  if (first === undefined) return
  const issues = found.map(({ file, line, column, message }) => ({
    path: 'source',
    message: `${file}:${line}:${column}: ${message}`,
    file,
    line,
    column
  }))
  throw new ExtensionError(
    'extension-types',
    `${issues[0]!.message}${found.length > 1 ? ` (and ${found.length - 1} more)` : ''}`,
    { issues, line: first.line, column: first.column }
  )
}

/** Text that is JavaScript as it stands has no types that its author wrote. */
const isJavaScript = async (text: string): Promise<boolean> =>
  await transform(text, { loader: 'js', logLevel: 'silent' }).then(() => true, () => false)

/** Returns the sum of a figure over a process and its children; undefined where the system does not tell. */
const sumOf = async (pid: number, file: string, figure: (text: string) => number): Promise<number | undefined> => {
  try {
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(child =>
      child !== ''
    )
    const figures = await Promise.all(
      [String(pid), ...children].map(async one => figure(await readFile(`/proc/${one}/${file}`, 'utf8')))
    )
    return figures.reduce((sum, each) => sum + each, 0)
  } catch {
    return undefined
  }
}

/** Memory of a process and its children in MB; 0 where the system does not tell. */
const memoryOf = async (pid: number): Promise<number> =>
  (await sumOf(pid, 'statm', text => Number(text.split(' ')[1])) ?? 0) * PAGE / MIB

/**
 * CPU time that a process and its children have had, in ms; undefined where the system does not tell. Behind the name:
 * utime, stime, and those of children that have ended (proc_pid_stat(5)).
 */
const cpuMsOf = async (pid: number): Promise<number | undefined> =>
  await sumOf(
    pid,
    'stat',
    text =>
      text.slice(text.lastIndexOf(')')).split(' ').slice(12, 16).reduce(
        (sum, ticks) => sum + Number(ticks) * TICK_MS,
        0
      )
  )
