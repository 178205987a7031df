import type { WeirError } from '@weirlb/model'
import { createWeir, type Weir } from '@weirlb/core'
import { exec, type ExecDone } from '@weirlb/netscaler'
import { atEndOfFile } from '../support/at-end.ts'

/** A Weir for commands, until the file ends. */
export const startForCommands = async (): Promise<Weir> => {
  const weir = createWeir({ workers: 1, log: { level: 'silent' } })
  await weir.start()
  atEndOfFile(async () => { await weir.stop({ graceMs: 0 }) })
  return weir
}

export interface Commands {
  readonly run: (...commands: readonly string[]) => Promise<ExecDone>
  /** What `run` is refused with. */
  readonly refusal: (...commands: readonly string[]) => Promise<WeirError>
}

/** Runs commands on a Weir, which need not be there yet. */
export const commandsOf = (weir: () => Weir): Commands => {
  const run = async (...commands: readonly string[]): Promise<ExecDone> => await exec(
    weir(), { commands: commands.join('\n') }
  )
  const refusal = async (...commands: readonly string[]): Promise<WeirError> => {
    const outcome = await run(...commands).catch((error: unknown) => error)
    if (!(outcome instanceof Error)) throw new Error('nothing was refused')
    return outcome as WeirError
  }
  return { run, refusal }
}

/** Commands for two services behind an LB vserver and a user vserver, after which there is nothing else. */
export const setUp = [
  'clear ns config full',
  'add ns extension mqtt -builtin mqtt',
  'add user protocol MQTT -transport TCP -extension mqtt',
  'add service s1 127.0.0.1 USER_TCP 1',
  'add service s2 127.0.0.1 USER_TCP 2',
  'add lb vserver lb USER_TCP',
  'bind lb vserver lb s1',
  'add user vserver v MQTT 127.0.0.1 0 -defaultLB lb -state DISABLED'
]
