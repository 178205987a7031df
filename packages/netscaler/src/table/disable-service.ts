import type { Weir } from '@weirlb/core'
import type { Call, Command, Edit, Shown } from '../grammar/command.ts'
import { number, toggle } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { textOf } from './set-field.ts'

const delay: Parameter = {
  name: 'delay',
  kind: number('seconds'),
  optional: true,
  doc: 'Time until it is disabled. Until then only clients with a persistence entry reach it.'
}
const graceful: Parameter = {
  name: 'graceful',
  kind: toggle('YES', 'NO'),
  doc: 'Disable it as soon as its clients are gone.'
}

/**
 * `disable service <name> [<delay>] [-graceful YES]`: with a delay it is a job, which begins when the changes are
 * applied.
 */
export const withDelay = (command: Command): Command =>
  command.verb !== 'disable' ? command : {
    ...command,
    parameters: { arguments: [...command.parameters.arguments, delay], options: [graceful] },
    doc:
      'Let the service take no more clients, and close those that it has; with a delay or -graceful later, by a job.',
    run: {
      ...command.run as Edit,
      acts: call => call.given.has('delay') || call.given.get('graceful')?.value === true,
      act: disableLater
    }
  }

async function disableLater (weir: Weir, call: Call): Promise<Shown> {
  const name = textOf(call, 'name')
  const delaySeconds = call.given.get('delay')?.value as number | undefined
  const isGraceful = call.given.get('graceful')?.value as boolean | undefined
  const { value: { state } } = await weir.services.disable(name, {}, { ...delaySeconds === undefined ? {} : { delaySeconds }, ...isGraceful === undefined ? {} : { graceful: isGraceful } })
  return { text: `\t${name}: ${state} until it is disabled; GET /v1/jobs shows the progress\n`, data: { name, state } }
}
