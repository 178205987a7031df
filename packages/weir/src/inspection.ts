import { inspects, type ManagedCheck } from '@weirlb/model'
import { headerLines, type Log, type RequestInspector } from '@weirlb/engine'
import { findInstallation, Inspector, type InspectionSettings, type InspectorState } from '@weirlb/waf'

const paranoia = { low: 1, medium: 2, high: 3, highest: 4 } as const satisfies Record<
  ManagedCheck['sensitivity'],
  number
>
const thresholds = { strict: 5, moderate: 10, lenient: 20 } as const satisfies Record<ManagedCheck['threshold'], number>

const made = new WeakMap<ManagedCheck, InspectionSettings>()

/** How strictly a managed check has requests inspected. */
const settingsOf = (check: ManagedCheck): InspectionSettings => {
  const { sensitivity, threshold, rules } = check
  const settings = made.get(check) ??
    {
      paranoia: paranoia[sensitivity],
      threshold: thresholds[threshold],
      off: Object.keys(rules).filter(id => rules[id] === 'off').sort()
    }
  made.set(check, settings)
  return settings
}

/** Receives each state of the process that inspects the requests of this one. */
export interface InspectorEvents { onInspector (state: InspectorState): void }

/**
 * Has the requests of this process inspected in a process of their own, which is started when the first managed check
 * wants it.
 */
export const makeInspector = (log: Log, events: InspectorEvents): RequestInspector => {
  const inspector = new Inspector(state => {
    const { value, reason } = state
    events.onInspector(state)
    log[value === 'absent' || value === 'restarting' ? 'warn' : 'info'](
      { state: value, reason },
      'inspection of requests'
    )
  })
  return {
    use: checks => { inspector.use(checks.map(settingsOf)) },
    inspect: (check, client, request, body, done) => {
      const { method, path, httpVersion = '1.1' } = request
      inspector.inspect(
        settingsOf(check),
        {
          client: { address: client.address, port: client.port },
          port: client.local?.port ?? 0,
          method,
          uri: path,
          version: httpVersion,
          headers: headerLines(request),
          body
        },
        check.timeoutMs,
        done
      )
    },
    stop: () => { inspector.stop() }
  }
}

/** What is missing is looked for again after this time, in milliseconds. */
const KNOWN_MS = 5000
let known: { readonly missing: string | undefined, readonly at: number } | undefined

/** Why a managed check cannot have requests inspected on this machine; undefined: it can, or wants none inspected. */
export const inspectionMissing = (check: ManagedCheck): string | undefined => {
  if (!inspects(check)) return undefined
  const now = performance.now()
  if (known === undefined || now - known.at > KNOWN_MS) {
    const found = findInstallation()
    known = { missing: typeof found === 'string' ? found : undefined, at: now }
  }
  return known.missing
}
