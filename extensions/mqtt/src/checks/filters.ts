import { decodeUtf8, Malformed, type Bytes } from '@weirlb/sdk'
import type { Level } from '../packet/level.ts'
import { propertiesEnd } from '../packet/packet-id.ts'
import { subscribedLevels } from '../rules/topic-filter.ts'
import type { Findings } from './findings.ts'
import { checkText, levelCount } from './strings.ts'

/** Filters of everything, of the broker's own state, and of its control interface; also behind `$share/GROUP/`. */
const WIDE = /^(?:\$share\/[^/]*\/)?(?:#|\+\/#|\$SYS\/#|\$CONTROL(?:\/.*)?)$/s

/** Look at the filters of a whole SUBSCRIBE or UNSUBSCRIBE from behind its packet identifier. */
export const checkFilters = (bytes: Bytes, from: number, options: boolean, level: Level, findings: Findings): void => {
  let at = from
  try {
    if (level === 5) at = propertiesEnd(bytes, from)
  } catch (failure) {
    if (!(failure instanceof Malformed)) throw failure
    return findings.malformed('M003')
  }
  if (at === bytes.length) findings.protocolError('M003')
  while (at < bytes.length) {
    const start = at + 2
    const end = start + (bytes[at]! << 8 | bytes[at + 1]!)
    if (start > bytes.length || end + (options ? 1 : 0) > bytes.length) return findings.malformed('M003')
    checkText(bytes, start, end, findings)
    const filter = decodeUtf8(bytes, start, end)
    if (subscribedLevels(filter) === undefined) findings.protocolError('M006')
    if (options && WIDE.test(filter)) findings.note('M008')
    findings.levels = Math.max(findings.levels, levelCount(bytes, start, end))
    at = options ? end + 1 : end
  }
}
