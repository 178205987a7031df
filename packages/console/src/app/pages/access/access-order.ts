import type { AccessRule } from '@weirlb/admin/client'

/** What a source is of. Of one action Weir looks at them in this order. */
export const sourceKinds = ['network', 'list', 'asn', 'country'] as const
/** What a source is of. */
export type SourceKind = typeof sourceKinds[number]

const actions = ['allow', 'block', 'challenge'] as const

/** Returns what a source is of, by its text. */
export const kindOf = (source: string): SourceKind =>
  source.startsWith('$')
    ? 'list'
    : /^AS\d+$/i.test(source)
    ? 'asn'
    : /^[A-Z][A-Z0-9]$/i.test(source)
    ? 'country'
    : 'network'

/** Bits of an address that a network leaves open: the fewer, the narrower. */
const openBits = (network: string): number => {
  const [address = '', prefix] = network.split('/')
  const bits = address.includes(':') ? 128 : 32
  return prefix === undefined ? 0 : bits - Number(prefix)
}

/** True for one that decides about clients now. */
export const isAtWork = ({ status, state }: AccessRule): boolean =>
  status === undefined ? state === 'enabled' : status.value === 'up'

/**
 * Returns access rules as Weir looks at them: by action, then the narrowest source first, then as they are configured.
 * Those that decide nothing now are last.
 */
export const inOrder = (rules: readonly AccessRule[]): readonly AccessRule[] => {
  const places = new Map(rules.map(rule => {
    const kind = kindOf(rule.source)
    return [rule, [isAtWork(rule) ? 0 : 1, actions.indexOf(rule.action), sourceKinds.indexOf(kind), kind === 'network' ? openBits(rule.source) : 0]]
  }))
  return rules.toSorted((a, b) => {
    const [one, other] = [places.get(a)!, places.get(b)!]
    const at = one.findIndex((place, n) => place !== other[n])
    return at < 0 ? 0 : one[at]! - other[at]!
  })
}
