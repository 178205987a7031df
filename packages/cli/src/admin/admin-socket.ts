import { chmodSync, lstatSync, renameSync, rmSync, unlinkSync, type Stats } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Principal } from '@weirlb/admin'
import { peerCredentials } from '@weirlb/core'
import { WeirError } from '@weirlb/model'
import type { FastifyInstance } from 'fastify'
import { unnamedAt, type AdminSocketPlace } from './admin-options.ts'

/** As the API's other server. */
const STALLED_MS = 120_000

/**
 * The API on a Unix socket. Its file decides who connects (mode 0600, or 0660 for a group), and the kernel says who
 * did:
 *
 *   root, and the user of this process    admin
 *   others, whom mode 0660 lets in        operate
 *
 * Where the kernel cannot be asked, the file's mode stands for it: admin with 0600, operate with 0660.
 */
export class AdminSocket {
  readonly #place: AdminSocketPlace
  readonly #server: Server
  readonly #peers = new WeakMap<Socket, Principal>()
  /** Which file it made. */
  #inode: number | undefined

  private constructor (app: FastifyInstance, place: AdminSocketPlace) {
    this.#place = place
    this.#server = createServer((request, response) => { app.routing(request, response) })
    this.#server.setTimeout(STALLED_MS)
    this.#server.on('connection', socket => { this.#peers.set(socket, this.#principalOf(socket)) })
  }

  /**
   * Listen at a path, in place of a socket that a Weir left behind or hands over (`replaces`). Rejects with
   * address-taken or address-unusable.
   */
  static async listen (app: FastifyInstance, place: AdminSocketPlace, replaces: boolean): Promise<AdminSocket> {
    if (!replaces) await requireFree(place.path)
    const socket = new AdminSocket(app, place)
    await socket.#listen()
    return socket
  }

  get path (): string { return this.#place.path }

  /** Returns who is at the other end of a connection; undefined if it is not of this socket. */
  identify (socket: Socket): Principal | undefined { return this.#peers.get(socket) }

  /** Listen at the path again, if a successor that has failed took it. Connections stay. */
  async renew (): Promise<void> {
    if (inodeOf(this.#place.path) === this.#inode) return
    // Nobody finds this listener any more.
    this.#server.close()
    await this.#listen()
  }

  /** End every connection; the file is removed, unless a successor's is in its place. */
  async close (): Promise<void> {
    if (inodeOf(this.#place.path) === this.#inode) unlinkSync(this.#place.path)
    await new Promise<void>(resolve => {
      this.#server.close(() => { resolve() })
      this.#server.closeAllConnections()
    })
  }

  async #listen (): Promise<void> {
    const { path, mode } = this.#place
    // It gets its name when it listens and has its mode: nobody finds it before, and whoever has the old one keeps it.
    const unnamed = unnamedAt(path)
    rmSync(unnamed, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', error => { reject(unusable(path, error)) })
      this.#server.once('listening', () => { resolve() })
      // The file is never open to more than its mode says, not for a moment. `listen` makes it before it returns.
      const before = process.umask(0o177)
      try { this.#server.listen(unnamed) } finally { process.umask(before) }
    })
    try {
      if (mode !== 0o600) chmodSync(unnamed, mode)
      renameSync(unnamed, path)
      this.#inode = inodeOf(path)
    } catch (error) {
      this.#server.close()
      throw unusable(path, error as Error)
    }
  }

  #principalOf (socket: Socket): Principal {
    const own = process.getuid?.()
    const peer = peerCredentials(socket)
    if (peer === undefined) return { who: 'socket', role: this.#place.mode === 0o600 ? 'admin' : 'operate' }
    return { who: `socket:uid:${peer.uid}`, role: peer.uid === 0 || peer.uid === own ? 'admin' : 'operate' }
  }
}

const unusable = (path: string, error: Error): WeirError => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new WeirError('address-taken', `--admin-socket: there is something at '${path}' already`, { cause: error })
  return new WeirError('address-unusable', `--admin-socket: cannot listen at '${path}' (${code ?? error.message})`, {
    cause: error
  })
}

const inodeOf = (path: string): number | undefined => {
  try { return lstatSync(path, { throwIfNoEntry: false })?.ino } catch { return undefined }
}

/** A Weir that was killed leaves its socket, at which nobody answers. Throws address-taken for anything else. */
const requireFree = async (path: string): Promise<void> => {
  let found: Stats | undefined
  try { found = lstatSync(path, { throwIfNoEntry: false }) } catch (error) { throw unusable(path, error as Error) }
  if (found === undefined) return
  if (!found.isSocket()) throw new WeirError('address-taken', `--admin-socket: '${path}' is no socket`)
  const refused = await new Promise<boolean>(resolve => {
    const client = connect({ path })
    client.once('connect', () => { client.destroy(); resolve(false) })
    client.once('error', error => { resolve((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') })
  })
  if (!refused) throw new WeirError('address-taken', `--admin-socket: another program listens at '${path}'`)
}
