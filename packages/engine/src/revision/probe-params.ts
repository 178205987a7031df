// Parameters of monitors that run the probe of an extension.
import {
  describeChoices,
  extensionProbes,
  lookUp,
  WeirError,
  type ExtensionMonitor,
  type Issue,
  type Monitored
} from '@weirlb/model'
import { checkParams, type Declaration } from '@weirlb/sdk/abi'

/** Parameters of a monitor, with their defaults. */
export interface ProbeParams {
  readonly path: string
  readonly extension: string
  readonly params: Readonly<Record<string, unknown>>
}

/** The faults of one monitor; its extension has a probe. */
const faultsOf = (
  path: string,
  { extension, params, secretFiles }: ExtensionMonitor,
  { probe }: Declaration
): readonly Issue[] | ProbeParams => {
  const checked = checkParams(probe!, params)
  const unknown = Object.keys(secretFiles).filter(name => !probe!.secrets.includes(name))
  const secrets = unknown.map(name => ({
    path: `${path}.secretFiles.${name}`,
    message: `the probe of extension '${extension}' has no secret '${name}'; there are: ${
      describeChoices(probe!.secrets)
    }`
  }))
  const wrong = checked.ok
    ? []
    : checked.issues.map(issue => ({ path: `${path}.params.${issue.path}`, message: issue.message }))
  if (checked.ok && secrets.length === 0) return { path, extension, params: checked.params }
  return [...wrong, ...secrets]
}

/**
 * Check the parameters of probes, and the names of their secrets, against the declarations of loaded extensions.
 * Returns those of each monitor. Throws `params-invalid`.
 */
export const checkProbeParams = (
  config: Monitored,
  declared: Readonly<Record<string, Declaration>>
): readonly ProbeParams[] => {
  const found: ProbeParams[] = []
  const issues: Issue[] = []
  for (const { path, monitor } of extensionProbes(config)) {
    const one = faultsOf(path, monitor, lookUp(declared, monitor.extension)!)
    if ('params' in one) found.push(one)
    else issues.push(...one)
  }
  refuseProbeParams(issues)
  return found
}

/** Throws `params-invalid` if there are faults. */
export const refuseProbeParams = (issues: readonly Issue[]): void => {
  const first = issues[0]
  if (first !== undefined) throw new WeirError('params-invalid', `${first.path}: ${first.message}`, { issues })
}
