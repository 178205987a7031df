// Weir in front of real PostgreSQL servers, and psql.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CertkeyInput, UserVserverInput } from '@weirlb/admin/client'
import { atEnd } from '../support/engine-bench.ts'
import { WeirProcess } from '../support/weir-process.ts'

export interface FarmOptions {
  readonly ports: readonly number[]
  readonly transport: string
  readonly certkeys: readonly CertkeyInput[]
  /** Port of a server that takes connections with TLS only. */
  readonly secure: number
}

/**
 * `weir serve` with two workers and the extension twice, `trusted` and `sandboxed`. LB vserver `lb` takes turns,
 * `by-token` hashes, and the server of `gone` is not there.
 */
export class Farm {
  readonly #weir: WeirProcess
  #made = 0

  constructor (weir: WeirProcess) { this.#weir = weir }

  static async start ({ ports, transport, certkeys, secure }: FarmOptions): Promise<Farm> {
    const weir = await WeirProcess.start({ workers: 2, transport })
    const { api } = weir
    for (const [name, trusted] of [['trusted', true], ['sandboxed', false]] as const) {
      await api.call('createExtension', { body: { name, builtin: 'postgresql', trusted } })
      await api.call('createUserProtocol', { body: { name, transport: 'tcp', extension: name } })
    }
    await api.call('createUserProtocol', { body: { name: 'direct', transport: 'ssl', extension: 'trusted' } })
    for (const certkey of certkeys) await api.call('createCertkey', { body: certkey })
    const services = ports.map((_, i) => ({ name: `s${i}` }))
    for (const [i, port] of ports.entries())
      await api.call('createService', { body: { name: `s${i}`, address: '127.0.0.1', port } })
    await api.call('createService', { body: { name: 'none', address: '127.0.0.1', port: 1, monitors: [] } })
    const persistence = { type: 'user-session' } as const
    await api.call('createLbVserver', { body: { name: 'lb', method: 'round-robin', persistence, services } })
    await api.call('createLbVserver', { body: { name: 'by-token', method: 'token', persistence, services } })
    for (const [name, tls] of [['secure', { ca: 'clients', serverName: 'db.test' }], ['other-name', { ca: 'clients', serverName: 'other.test' }]] as const) {
      await api.call('createService', { body: { name, address: '127.0.0.1', port: secure, startTls: true, tls } })
      await api.call('createLbVserver', { body: { name, persistence, services: [{ name }] } })
    }
    await api.call('createService', {
      body: { name: 'plain', address: '127.0.0.1', port: ports[0]!, startTls: true, tls: { verify: false } }
    })
    await api.call('createLbVserver', { body: { name: 'plain', services: [{ name: 'plain' }] } })
    await api.call('createLbVserver', { body: { name: 'gone', services: [{ name: 'none' }] } })
    return new Farm(weir)
  }

  /** Another user vserver. */
  async vserver (more: Partial<UserVserverInput> = {}): Promise<Front> {
    const { api } = this.#weir
    const name = `v${this.#made++}`
    await api.call('createUserVserver', {
      body: { name, protocol: 'trusted', address: '127.0.0.1', port: 0, defaultLb: 'lb', ...more }
    })
    return {
      port: await api.port(name),
      closed: async () =>
        (await api.call('getStats')).body.userVservers[name]!.closed as Readonly<Record<string, number>>
    }
  }

  get log (): WeirProcess['log'] { return this.#weir.log }

  async stop (): Promise<void> { await this.#weir.stop() }
}

/** A user vserver, and the close reasons of its clients. */
export interface Front {
  readonly port: number
  closed (): Promise<Readonly<Record<string, number>>>
}

/** The result of a program. */
export interface Ran { readonly status: number, readonly out: string, readonly err: string }

export const run = async (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> => await new Promise(resolve => {
  execFile(program, args, { env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env }, timeout: 60_000 }, (error, out, err) => {
    resolve({ status: error === null ? 0 : Number(error.code), out: out.trim(), err: err.trim() })
  })
})

/** Runs one statement with psql. */
export const psql = async (bin: string, port: number, connection: string, statement = 'select 1'): Promise<Ran> =>
  await run(join(bin, 'psql'), [`host=127.0.0.1 port=${port} user=alice dbname=shop connect_timeout=30 ${connection}`, '-XAtqc', statement])

/** A temporary folder with these files, which only their owner reads. */
export const filesWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-psql-'))
  atEnd(async () => { await rm(folder, { recursive: true }) })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 })
  return folder
}
