import type { Weir } from '@weirlb/core'
import type { AuditTrail } from './audit-trail.ts'

/** Weir itself, which goes on with what somebody has begun. */
const byWeir = { who: 'weir', from: 'process' } as const

/**
 * Record what Weir changes by itself: the end of a job, which may disable a service, and a reverted canary. The
 * function returned ends it.
 */
export const auditEvents = (weir: Weir, audit: AuditTrail): () => void => {
  const ends = [
    weir.on('job-ended', ({ job, kind, service, lbVserver, state, reason }) => {
      void audit.record({
        ...byWeir,
        action: 'end-job',
        name: job,
        code: state === 'failed' ? 'apply-failed' : 'ok',
        detail: `${kind} of ${service ?? lbVserver ?? ''} is ${state}${reason === undefined ? '' : `: ${reason}`}`
      })
    }),
    weir.on('canary-reverted', ({ extension, version, reason }) => {
      void audit.record({
        ...byWeir,
        action: 'revert-canary',
        collection: 'extensions',
        name: extension,
        code: 'ok',
        detail: `version ${version}: ${reason}`
      })
    })
  ]
  return () => { for (const end of ends) end() }
}
