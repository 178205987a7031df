import { createRequire } from 'node:module'
import { describeChoices, WeirError } from '@weirlb/model'

const resolve = createRequire(import.meta.url).resolve

/** Extensions that ship with Weir: the name in `builtin` and how to find the file of the module. */
export const builtins: Readonly<Record<string, () => string>> = {
  mqtt: () => resolve('@weirlb/mqtt'),
  'modbus-tcp': () => resolve('@weirlb/modbus-tcp'),
  postgresql: () => resolve('@weirlb/postgresql'),
  redis: () => resolve('@weirlb/redis'),
  sni: () => resolve('@weirlb/sni'),
  syslog: () => resolve('@weirlb/syslog'),
  'syslog-plain': () => resolve('@weirlb/syslog/plain')
}

/** The file of a builtin extension. Throws `builtin-unknown` naming the choices. */
export const builtinFile = (table: Readonly<Record<string, () => string>>, name: string): string => {
  const locate = Object.hasOwn(table, name) ? table[name] : undefined
  if (locate === undefined)
    throw new WeirError(
      'builtin-unknown',
      `no builtin extension '${name}'; there are: ${describeChoices(Object.keys(table))}`
    )
  return locate()
}
