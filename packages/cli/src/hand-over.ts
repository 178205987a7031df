import { spawn, type ChildProcess } from 'node:child_process'
import type { Server } from 'node:net'
import type { PassedSession, Weir } from '@weirlb/core'
import { HANDED_API, HANDED_OVER } from './inherited-sockets.ts'

/** First descriptor of a child behind the standard ones and its channel. */
const FIRST_FD = 4
/** Time in which a successor must serve; one that has not is ended. */
const START_MS = 120_000
/** How often entries of sessions are passed on, and how many in one message. */
const PASS_MS = 250
const PASS_MOST = 2000

type Sockets = Awaited<ReturnType<Weir['handOver']>>

/** The messages between a Weir that hands over and its successor. */
type Message =
  | { readonly kind: 'serving' }
  | { readonly kind: 'sessions', readonly entries: readonly PassedSession[] }

/** What a successor is given. */
export interface Inheritance {
  readonly sockets: Sockets
  /** The server of the API, which goes on listening. */
  readonly api: Server
  readonly environment: Record<string, string>
}

/** The process that takes over from this one. */
export class Successor {
  readonly #child: ChildProcess
  #passing: NodeJS.Timeout | undefined

  private constructor (child: ChildProcess) { this.#child = child }

  get pid (): number { return this.#child.pid! }

  /**
   * Start the same command, from what is installed now, with these listening sockets. Resolves when it serves; rejects
   * when it ends before, or takes too long and was ended. Then it is gone.
   */
  static async start ({ sockets, api, environment }: Inheritance): Promise<Successor> {
    const fds: number[] = []
    const add = (fd: number): number => FIRST_FD - 1 + fds.push(fd)
    const there = sockets.map(({ address, port, handles }) => ({
      address,
      port,
      fds: handles.map(({ fd }) => add(fd))
    }))
    const apiFd = descriptorOf(api)
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      // It outlives this process, which a terminal or its group may end.
      detached: true,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...fds, ...(apiFd === undefined ? [] : [apiFd])],
      env: {
        ...process.env,
        ...environment,
        [HANDED_OVER]: JSON.stringify(there),
        ...(apiFd === undefined ? {} : { [HANDED_API]: String(FIRST_FD + fds.length) })
      }
    })
    await serves(child)
    child.unref()
    return new Successor(child)
  }

  /** Pass on the entries of sessions that are made here, until `end`. */
  passSessions (weir: Pick<Weir, 'takeMadeSessions'>): void {
    this.#passing = setInterval(() => { void this.#pass(weir) }, PASS_MS)
    void this.#pass(weir)
  }

  /** Pass on the last ones, and let go of it. */
  async end (weir: Pick<Weir, 'takeMadeSessions'>): Promise<void> {
    clearInterval(this.#passing)
    await this.#pass(weir)
    if (this.#child.connected) this.#child.disconnect()
  }

  async #pass (weir: Pick<Weir, 'takeMadeSessions'>): Promise<void> {
    for (let entries = weir.takeMadeSessions(PASS_MOST); entries.length > 0 && this.#child.connected; entries = weir.takeMadeSessions(PASS_MOST)) {
      // A successor that is gone needs none.
      await new Promise<void>(resolve => {
        this.#child.send({ kind: 'sessions', entries } satisfies Message, () => {
          resolve()
        })
      })
    }
  }
}

const serves = async (child: ChildProcess): Promise<void> => {
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, START_MS)
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => { resolve() })
      child.once('error', error => {
        if (child.pid === undefined) reject(error)
      })
      child.once('exit', (code, signal) => {
        reject(
          new Error(
            late
              ? `the successor did not serve within ${START_MS / 1000} s, and was ended`
              : `the successor ended with ${signal ?? `status ${code}`}`
          )
        )
      })
    })
  } finally {
    clearTimeout(timer)
  }
}

/** Undefined for a server whose socket has another form. */
const descriptorOf = (server: Server): number | undefined => {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd?: number } | null }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}

/**
 * Tell the Weir that hands over to this process that it serves, and take over the sessions that are made there, until
 * it is gone.
 */
export const reportToPredecessor = (weir: Pick<Weir, 'adoptSessions'>, onFailed: (error: Error) => void): void => {
  if (process.send === undefined) return
  let taken: Promise<unknown> = Promise.resolve()
  process.on('message', (message: Message) => {
    if (message.kind === 'sessions')
      taken = taken.then(async () => await weir.adoptSessions(message.entries)).catch(onFailed)
  })
  process.send({ kind: 'serving' } satisfies Message)
}
