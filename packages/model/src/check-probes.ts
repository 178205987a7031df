import type { Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { WeirError } from './error.ts'
import type { MonitorUse } from './monitor.ts'
import type { Monitored } from './monitors-of.ts'
import { lookUp } from './record.ts'

/** Declarations of loaded extensions. */
type Declared = Readonly<Record<string, { readonly probe: object | undefined }>>

/** Every extension whose probe a monitor runs, with the place that names it. */
export function * probedExtensions ({ monitors, services, serviceGroups = [], lbVservers }: Monitored): Generator<readonly [path: string, extension: string]> {
  for (const [i, monitor] of monitors.entries()) if (monitor.type === 'extension') yield [`monitors[${i}].extension`, monitor.extension]
  yield * used('services', services)
  yield * used('serviceGroups', serviceGroups)
  yield * used('lbVservers', lbVservers)
}

function * used (list: keyof Config, entities: readonly { readonly monitors: readonly MonitorUse[] }[]): Generator<readonly [path: string, extension: string]> {
  for (const [i, { monitors }] of entities.entries()) {
    for (const [n, monitor] of monitors.entries()) if (monitor.type === 'extension') yield [`${list}[${i}].monitors[${n}].extension`, monitor.extension]
  }
}

/** Check that every monitor's extension has a probe, which only a loaded extension shows. Throws `probe-absent`. */
export const checkProbes = (config: Monitored, declared: Declared): void => {
  const issues = [...probedExtensions(config)].flatMap(([path, extension]) => {
    if (lookUp(declared, extension)?.probe !== undefined) return []
    const choices = Object.keys(declared).filter(name => declared[name]!.probe !== undefined)
    return [{ path, message: `extension '${extension}' has no probe; those that have: ${describeChoices(choices)}` }]
  })
  const first = issues[0]
  if (first !== undefined) throw new WeirError('probe-absent', `${first.path}: ${first.message}`, { issues })
}
