import { signal } from '@preact/signals'

/** The Date of an answer is cut to whole seconds, so half a second early in the mean, and took its time. */
const CUT_MS = 500
const INEXACT_MS = 2000

/** How much the viewer's clock is ahead of the server's, in milliseconds; negative: it is behind. */
export const aheadMs = signal(0)

/** Note the time that the server has now, as the Date of its answer has it. */
export const noteServerDate = (date: string | null): void => {
  const ahead = date === null ? Number.NaN : Date.now() - Date.parse(date) - CUT_MS
  if (Math.abs(ahead - aheadMs.value) > INEXACT_MS) aheadMs.value = Math.abs(ahead) > INEXACT_MS ? ahead : 0
}

/** The server's time, whatever the viewer's clock shows: ages are counted from it. */
export const serverNow = (): number => Date.now() - aheadMs.value
