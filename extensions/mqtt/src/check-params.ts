import { encodeUtf8, type ParamIssue } from '@weirlb/sdk'
import type { Params } from './policy.ts'
import { levelsOf } from './rules/topic-filter.ts'

/** A string has its length in two bytes (§1.5.4). */
const LONGEST = 65_535
/** Maximum length of a value in a message. */
const SHOWN = 80

const shown = (value: string): string => JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value)

/** Undefined for what MQTT can carry as a string [MQTT-1.5.4-2]. */
const unlikeAString = (value: string): string | undefined => {
  if (value.includes('\0')) return `expected a string without U+0000 [MQTT-1.5.4-2], got ${shown(value)}`
  const { length } = encodeUtf8(value)
  return length > LONGEST ? `expected at most ${LONGEST} bytes of UTF-8, got ${length}` : undefined
}

/** Undefined for a topic filter [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1]. */
const unlikeAFilter = (value: string): string | undefined =>
  levelsOf(value) === undefined
    ? `expected a topic filter, with # as its last level only and + as a whole level [MQTT-4.7.1-1], got ${
      shown(value)
    }`
    : unlikeAString(value)

/**
 * Returns faults with which no client could be served: the server would close its connection, or a rule could not be
 * enforced.
 */
export const checkParams = ({ topicRules, clientIdPrefix, userName, serverReference }: Params): ParamIssue[] => {
  const found = [
    ...Object.entries({ clientIdPrefix, userName, serverReference }).map(([path, value]) => ({
      path,
      message: unlikeAString(value)
    })),
    ...topicRules.map(({ topic }, i) => ({ path: `topicRules[${i}].topic`, message: unlikeAFilter(topic) }))
  ]
  return found.filter((issue): issue is ParamIssue => issue.message !== undefined)
}

/** A name that a message may be published to [MQTT-3.3.2-2]. */
const unlikeATopic = (value: string): string | undefined =>
  /[+#]/.test(value) ? `expected a topic without + and # [MQTT-3.3.2-2], got ${shown(value)}` : unlikeAString(value)

/** Returns faults with which every probe would fail. */
export const checkProbeParams = (
  { topic, clientId, userName }: { readonly topic: string, readonly clientId: string, readonly userName: string }
): ParamIssue[] => {
  const found = [
    { path: 'topic', message: unlikeATopic(topic) },
    ...Object.entries({ clientId, userName }).map(([path, value]) => ({ path, message: unlikeAString(value) }))
  ]
  return found.filter((issue): issue is ParamIssue => issue.message !== undefined)
}
