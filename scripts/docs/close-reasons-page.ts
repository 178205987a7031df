import { closeReasons } from '@weirlb/model'
import { page, table } from './markdown.ts'

/** docs/reference/close-reasons.md */
export const closeReasonsPage = (): string => page('Close reasons', [
  'Every connection ends with exactly one of these words. The log line of the connection has it as `reason`, and `GET /v1/stats` counts it under `userVservers.<name>.closed`.',
  table(['Reason', 'Meaning'], Object.entries(closeReasons).map(([reason, doc]) => [`\`${reason}\``, doc]))
])
