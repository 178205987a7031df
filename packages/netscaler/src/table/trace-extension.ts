import { WeirError } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import type { Call, Command, Edit, Shown } from '../grammar/command.ts'
import { keywords } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { textOf } from './set-field.ts'

const trace: Parameter = { name: 'trace', kind: keywords({ off: 'off', calls: 'calls', lines: 'verdicts', all: 'verdicts', verdicts: 'verdicts' }, ['off', 'calls', 'all']), doc: 'Trace the calls of its code for a minute; GET /v1/extensions/{name}/trace streams them.' }
const foreign = { traceFunctions: 'Weir traces every function', traceVariables: 'Weir traces fields and verdicts' }

/** `set ns extension <name> -trace calls`: tracing is no part of the configuration. */
export const withTrace = (command: Command): Command => command.verb !== 'set' ? command : {
  ...command,
  parameters: { ...command.parameters, options: [trace, ...command.parameters.options] },
  foreign: { ...command.foreign, ...foreign },
  run: { ...command.run as Edit, acts: call => call.given.has('trace'), act: setTrace }
}

function setTrace (weir: Weir, call: Call): Shown {
  const name = textOf(call, 'name')
  const others = [...call.given.keys()].filter(key => key !== 'name' && key !== 'trace')
  if (others.length > 0)
    throw new WeirError(
      'command-invalid',
      `-trace is given with -${others[0]!}; tracing is no part of the configuration: give it in a command of its own`
    )
  const { level } = weir.traces.set(name, { level: call.given.get('trace')!.value as 'off' | 'calls' | 'verdicts' })
  return { text: `\t${name}: trace ${level}\n`, data: { name, level } }
}
