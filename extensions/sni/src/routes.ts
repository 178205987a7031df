import type { ParamIssue } from '@weirlb/sdk'

/** Where clients go that request a name: `name` may be a wildcard for one label, `*.example.com`. */
export interface Route { readonly name: string, readonly via: string }

/** Longest host name (RFC 1035 §2.3.4). */
const MAX_NAME = 253

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

/** A name as it is compared: in lower case, and without the dot of a fully qualified one. */
export const plainName = (name: string): string => (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()

/**
 * Whether a requested name can be a host name. IP addresses cannot, but some clients send them, and they are compared
 * like names.
 */
export const isName = (name: string): boolean =>
  name.length <= MAX_NAME && name.split('.').every(part => label.test(part))

/** The LB vserver for a plain name: an exact route wins over a wildcard, which stands for one label. */
export const routeOf = (routes: readonly Route[], name: string): string | undefined => {
  const dot = name.indexOf('.')
  const wildcard = dot > 0 ? `*${name.slice(dot)}` : undefined
  const find = (wanted: string | undefined): Route | undefined =>
    wanted === undefined ? undefined : routes.find(route => plainName(route.name) === wanted)
  return (find(name) ?? find(wildcard))?.via
}

/** What is wrong with routes. */
export const routeIssues = (routes: readonly Route[]): ParamIssue[] =>
  routes.flatMap(({ name, via }, i) => {
    const plain = plainName(name)
    const issues: ParamIssue[] = []
    if (!isName(plain.startsWith('*.') ? plain.slice(2) : plain))
      issues.push({
        path: `routes[${i}].name`,
        message: `expected a host name, or a wildcard as *.example.com; got ${JSON.stringify(name)}`
      })
    if (routes.findIndex(other => plainName(other.name) === plain) < i)
      issues.push({
        path: `routes[${i}].name`,
        message: `there is a route for ${JSON.stringify(plain)} before this one`
      })
    if (via === '')
      issues.push({
        path: `routes[${i}].via`,
        message: 'expected the name of an LB vserver that is bound to the user vserver'
      })
    return issues
  })
