import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UserVserverInput } from '@weirlb/admin/client'
import { until } from '@weirlb/testing'
import { atEnd } from './at-end.ts'
import { sharedWeir } from './shared-weir.ts'
import { weirBin } from './bundled.ts'
import type { LogLine, WeirProcess } from './weir-process.ts'


/** What a command left behind. */
export interface Done { readonly status: number, readonly out: string, readonly err: string }

/** Somebody who writes a protocol: a folder, the `weir` command, and a running Weir. All of it ends with the test. */
export class Newcomer {
  readonly folder: string
  readonly weir: WeirProcess

  private constructor (folder: string, weir: WeirProcess) {
    this.folder = folder
    this.weir = weir
  }

  static async begin (): Promise<Newcomer> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-newcomer-'))
    atEnd(async () => { await rm(folder, { recursive: true }) })
    const weir = await sharedWeir({ workers: 1 })
    return new Newcomer(folder, weir)
  }

  async writes (file: string, text: string): Promise<void> { await writeFile(join(this.folder, file), text) }

  /** Run `weir extension …` in the folder. */
  async runs (...args: readonly string[]): Promise<Done> {
    return await new Promise(resolve => {
      execFile(process.execPath, [weirBin, 'extension', ...args], { cwd: this.folder }, (error, out, err) => {
        resolve({ status: error === null ? 0 : Number(error.code), out, err })
      })
    })
  }

  /** Push a file, as the documentation has it. Throws what the command prints when it fails. */
  async pushes (file: string, name: string, ...options: readonly string[]): Promise<void> {
    const { status, err } = await this.runs('push', file, '--name', name, ...options, '--api', this.weir.api.base)
    if (status !== 0) throw new Error(err)
  }

  /** Configure a user vserver of an extension, in front of servers on these ports. Returns the port for clients. */
  async serves (
    name: string,
    servers: readonly number[],
    more: { readonly method?: string, readonly limits?: UserVserverInput['limits'] } = {}
  ): Promise<number> {
    const { api } = this.weir
    await api.call('createUserProtocol', { body: { name, transport: 'tcp', extension: name } })
    for (const port of servers)
      await api.call('createService', { body: { name: `${name}-${port}`, address: '127.0.0.1', port } })
    await api.call('createLbVserver', {
      body: {
        name,
        method: more.method ?? 'token',
        persistence: { type: 'user-session' },
        services: servers.map(port => ({ name: `${name}-${port}` }))
      }
    })
    await api.call('createUserVserver', {
      body: {
        name,
        protocol: name,
        address: '127.0.0.1',
        port: 0,
        defaultLb: name,
        ...(more.limits === undefined ? {} : { limits: more.limits })
      }
    })
    return await api.port(name)
  }

  /** Wait for a line of the log. */
  async reads (matches: (line: LogLine) => boolean, what: string): Promise<LogLine> {
    let found: LogLine | undefined
    await until(() => (found = this.weir.log.find(matches)) !== undefined, what)
    return found!
  }
}
