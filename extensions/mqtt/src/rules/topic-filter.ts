// Topic filters (MQTT 5 §4.7): levels between slashes, `+` for any one level, `#` for all that follow and the parent.

/** A filter, split into its levels. */
export type Levels = readonly string[]

const SHARE = '$share/'

/** The levels of a well-formed filter [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1]; undefined for any other. */
export const levelsOf = (filter: string): Levels | undefined => {
  if (filter === '') return undefined
  const levels = filter.split('/')
  const well = levels.every((level, i) =>
    level === '#' ? i === levels.length - 1 : level === '+' || !/[#+]/.test(level)
  )
  return well ? levels : undefined
}

/**
 * The filter within a shared subscription, `$share/{group}/{filter}` (§4.8.2), or the filter itself; undefined for a
 * group or filter that is not well formed.
 */
export const subscribedLevels = (filter: string): Levels | undefined => {
  if (!filter.startsWith(SHARE)) return levelsOf(filter)
  const slash = filter.indexOf('/', SHARE.length)
  if (slash <= SHARE.length || /[#+]/.test(filter.slice(SHARE.length, slash))) return undefined
  return levelsOf(filter.slice(slash + 1))
}

/** A leading wildcard does not match names that begin with `$` [MQTT-4.7.2-1]. */
const hidden = (level: string | undefined, i: number): boolean =>
  i === 0 && level !== undefined && level.startsWith('$')

/** True when everything that `other` matches is matched by `filter`; a topic name is a filter that matches itself. */
export const covers = (filter: Levels, other: Levels): boolean => {
  for (let i = 0; i < filter.length; i++) {
    const mine = filter[i]!
    const theirs = other[i]
    if (mine === '#') return !hidden(theirs, i)
    if (theirs === undefined || theirs === '#') return false
    if (mine === '+' ? hidden(theirs, i) : mine !== theirs) return false
  }
  return filter.length === other.length
}

/** True when there may be a topic that both match. */
export const overlap = (one: Levels, other: Levels): boolean => {
  for (let i = 0; ; i++) {
    const a = one[i]
    const b = other[i]
    if (a === '#') return !hidden(b, i)
    if (b === '#') return !hidden(a, i)
    if (a === undefined || b === undefined) return a === b
    if (a === '+' ? hidden(b, i) : b === '+' ? hidden(a, i) : a !== b) return false
  }
}
