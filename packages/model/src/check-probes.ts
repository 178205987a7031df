import type { Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import { WeirError } from './error.ts'
import type { ExtensionMonitor, MonitorUse } from './monitor.ts'
import type { Monitored } from './monitors-of.ts'
import { lookUp } from './record.ts'

/** Declarations of loaded extensions. */
type Declared = Readonly<Record<string, { readonly probe: object | undefined }>>

/** A monitor that runs the probe of an extension, with the place that names it. */
export interface ExtensionProbe { readonly path: string, readonly monitor: ExtensionMonitor }

/** Every monitor that runs the probe of an extension. */
export function* extensionProbes (
  { monitors, services, serviceGroups = [], lbVservers }: Monitored
): Generator<ExtensionProbe> {
  for (const [i, monitor] of monitors.entries())
    if (monitor.type === 'extension') yield { path: `monitors[${i}]`, monitor }
  yield* used('services', services)
  yield* used('serviceGroups', serviceGroups)
  yield* used('lbVservers', lbVservers)
}

function* used (
  list: keyof Config,
  entities: readonly { readonly monitors: readonly MonitorUse[] }[]
): Generator<ExtensionProbe> {
  for (const [i, { monitors }] of entities.entries()) {
    for (const [n, monitor] of monitors.entries())
      if (monitor.type === 'extension') yield { path: `${list}[${i}].monitors[${n}]`, monitor }
  }
}

/** Check that every monitor's extension has a probe, which only a loaded extension shows. Throws `probe-absent`. */
export const checkProbes = (config: Monitored, declared: Declared): void => {
  const issues = [...extensionProbes(config)].flatMap(({ path, monitor: { extension } }) => {
    if (lookUp(declared, extension)?.probe !== undefined) return []
    const choices = Object.keys(declared).filter(name => declared[name]!.probe !== undefined)
    return [{
      path: `${path}.extension`,
      message: `extension '${extension}' has no probe; those that have: ${describeChoices(choices)}`
    }]
  })
  const first = issues[0]
  if (first !== undefined) throw new WeirError('probe-absent', `${first.path}: ${first.message}`, { issues })
}
