import { describeValue, WeirError } from '@weirlb/model'

/** OpenTelemetry spans of connections. */
export interface SpanOptions {
  /** Share of the connections that are sampled, above 0 and up to 1. */
  readonly share: number
}

/** Throws config-invalid for a share that cannot be. */
export const checkSpanOptions = ({ share }: SpanOptions): void => {
  if (typeof share === 'number' && share > 0 && share <= 1) return
  const message = `expected a number above 0 and up to 1; got ${describeValue(share)}`
  throw new WeirError('config-invalid', `spans.share: ${message}`, { issues: [{ path: 'spans.share', message }] })
}
