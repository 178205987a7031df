import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { atEnd } from './engine-bench.ts'
import { freePort } from './free-port.ts'

const listens = async (port: number): Promise<boolean> => {
  const socket = net.connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** An rsyslogd with a configuration of the test's own, in a folder of its own; both end with the test. */
export class Rsyslog {
  readonly #folder: string

  private constructor (folder: string) { this.#folder = folder }

  static async #start (program: string, configuration: (folder: string) => string): Promise<Rsyslog> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-rsyslog-'))
    const file = join(folder, 'rsyslog.conf')
    await writeFile(file, `global(workDirectory="${folder}" maxMessageSize="128k")\n${configuration(folder)}\n`)
    const child = spawn(program, ['-n', '-f', file, '-i', join(folder, 'pid')], { stdio: 'ignore' })
    atEnd(async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit')
        child.kill('SIGKILL')
        await exited
      }
      await rm(folder, { recursive: true, force: true })
    })
    return new Rsyslog(folder)
  }

  /** A collector on a port of loopback; returns it, and the port. `input`: more parameters of its TCP module. */
  static async collector (program: string, input = ''): Promise<{ readonly rsyslog: Rsyslog, readonly port: number }> {
    const port = await freePort()
    const rsyslog = await Rsyslog.#start(program, folder => `
module(load="imtcp" ${input})
input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="keep")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="keep") { action(type="omfile" file="${join(folder, 'messages')}" template="raw") }`)
    await until(async () => await listens(port), `rsyslog to listen on port ${port}`)
    return { rsyslog, port }
  }

  /** A sender of the lines that its input file gets. `action`: parameters of its forwarding, such as the framing. */
  static async sender (program: string, port: number, lines: readonly string[], action: string): Promise<void> {
    await Rsyslog.#start(program, folder => {
      const file = join(folder, 'input')
      void writeFile(file, lines.map(line => `${line}\n`).join(''))
      return `
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="${file}" tag="weir:" facility="local0" ruleset="send")
template(name="line" type="string" string="<%pri%>%msg%")
ruleset(name="send") { action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" template="line" ${action}) }`
    })
  }

  /** What a collector got, as it came. */
  async messages (): Promise<string[]> {
    const text = await readFile(join(this.#folder, 'messages'), 'utf8').catch(() => '')
    return text.split('\n').slice(0, -1)
  }

  /** The same, when there are `count`. */
  async gets (count: number): Promise<string[]> {
    let messages: string[] = []
    await until(async () => (messages = await this.messages()).length >= count, `rsyslog to have ${count} messages`)
    return messages
  }
}
