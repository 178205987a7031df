// The process that inspects requests. A request that makes the library loop or crash costs this process and no worker.
import { CoreRuleSet } from './core-rule-set.ts'
import { endWithParent } from './end-with-parent.ts'
import { findInstallation } from './installation.ts'
import { type FromInspector, OUT_OF_MEMORY, type ToInspector } from './messages.ts'

/** A process with more memory than this is replaced: native code may lose some with each request. */
const MOST_MEMORY = 1_073_741_824
/** Requests between two looks at it. */
const LOOK_EVERY = 64

const send = process.send!.bind(process) as (message: FromInspector) => boolean
// A terminal's Ctrl-C and a service manager reach every process of the group; the worker decides when this one ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('SIGHUP', () => {})
process.on('disconnect', () => process.exit(0))

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!

let rules: CoreRuleSet | undefined

const use = (settings: Extract<ToInspector, { readonly kind: 'use' }>['settings']): FromInspector => {
  try {
    if (rules === undefined) {
      const found = findInstallation()
      if (typeof found === 'string') return { kind: 'absent', reason: found }
      endWithParent()
      rules = new CoreRuleSet(found)
    }
    rules.use(settings)
    return { kind: 'ready' }
  } catch (error) {
    return { kind: 'absent', reason: reasonOf(error) }
  }
}

const inspect = ({ id, settings, request }: Extract<ToInspector, { readonly kind: 'inspect' }>): FromInspector => {
  try {
    // What passes between processes may have become a plain Uint8Array.
    return { kind: 'inspected', id, inspection: rules!.inspect(settings, request) }
  } catch (error) {
    return { kind: 'failed', id, reason: reasonOf(error) }
  }
}

let inspected = 0

process.on('message', (message: ToInspector) => {
  send(message.kind === 'use' ? use(message.settings) : inspect(message))
  if (++inspected % LOOK_EVERY === 0 && process.memoryUsage.rss() > MOST_MEMORY) process.exit(OUT_OF_MEMORY)
})
