import type { Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { WeirError } from './error.ts'
import { lookUp } from './record.ts'

/** Declarations of loaded extensions. */
type Declared = Readonly<Record<string, { readonly probe: object | undefined }>>

/** Check that every monitor's extension has a probe, which only a loaded extension shows. Throws `probe-absent`. */
export const checkProbes = (services: readonly Config['services'][number][], declared: Declared): void => {
  const issues = services.flatMap((service, i) => service.monitors.flatMap((monitor, n) => {
    if (!('extension' in monitor) || lookUp(declared, monitor.extension)?.probe !== undefined) return []
    const choices = Object.keys(declared).filter(name => declared[name]!.probe !== undefined)
    return [{ path: `services[${i}].monitors[${n}].extension`, message: `extension '${monitor.extension}' has no probe; those that have: ${describeChoices(choices)}` }]
  }))
  const first = issues[0]
  if (first !== undefined) throw new WeirError('probe-absent', `${first.path}: ${first.message}`, { issues })
}
