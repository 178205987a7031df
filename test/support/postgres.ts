import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '@weirlb/testing'
import { freePort } from './free-port.ts'

const run = promisify(execFile)

/** A server refuses to run as root: `nobody` runs it then. */
const NOBODY = 65534
const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** `alice` and `bob` need no password, `scram` has one. */
const accessOf = (kind: 'host' | 'hostssl'): string => `
local all all trust
${kind} all scram 127.0.0.1/32 scram-sha-256
${kind} all all 127.0.0.1/32 trust
`

const SETUP = ['create role alice login', 'create role bob login', "create role scram login password 'pw'", 'create database shop']

/** The certificate of a server that takes connections with TLS only. */
export interface ServerTls { readonly cert: string, readonly key: string }

/** A PostgreSQL server on loopback with a cluster of its own in a temporary folder. */
export class Postgres {
  readonly port: number
  readonly #folder: string
  readonly #child: ChildProcess

  private constructor (port: number, folder: string, child: ChildProcess) {
    this.port = port
    this.#folder = folder
    this.#child = child
  }

  /** `bin`: folder of the programs. `settings`: lines of postgresql.conf. */
  static async start (
    bin: string,
    { tls, settings = '' }: { readonly tls?: ServerTls, readonly settings?: string } = {}
  ): Promise<Postgres> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-postgres-'))
    if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid)
    const data = join(folder, 'data')
    await run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '--no-locale', '-E', 'UTF8'], {
      ...owner,
      cwd: folder,
      env: { PATH: process.env['PATH'] }
    })
    await write(join(data, 'pg_hba.conf'), accessOf(tls === undefined ? 'host' : 'hostssl'))
    if (tls !== undefined) for (const [name, text] of [['server.crt', tls.cert], ['server.key', tls.key]] as const) await write(join(data, name), text)
    const port = await freePort()
    await write(join(data, 'weir.conf'), `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = '${folder}'\nfsync = off\nupdate_process_title = off\n${tls === undefined ? '' : 'ssl = on\n'}${settings}\n`)
    await write(join(data, 'postgresql.conf'), "include 'weir.conf'\n")
    const child = spawn(join(bin, 'postgres'), ['-D', data], { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
    const server = new Postgres(port, folder, child)
    await until(() => {
      if (child.exitCode !== null) throw new Error(`postgres ended with status ${child.exitCode}: ${said}`)
      return said.includes('ready to accept connections')
    }, `postgres on port ${port}`)
    await run(join(bin, 'psql'), ['-h', folder, '-p', String(port), '-U', 'postgres', '-XAtq', ...SETUP.flatMap(statement => ['-c', statement])], { cwd: folder, env: { PATH: process.env['PATH'] } })
    return server
  }

  /** Let it end when its clients have gone; until then it refuses new ones. */
  endGently (): void { this.#child.kill('SIGTERM') }

  /** End it at once, with all that it has. */
  async kill (): Promise<void> {
    const child = this.#child
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGQUIT')
      await exited
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const write = async (file: string, text: string): Promise<void> => {
  await writeFile(file, text, { mode: 0o600 })
  if (owner.uid !== undefined) await chown(file, owner.uid, owner.gid)
}
