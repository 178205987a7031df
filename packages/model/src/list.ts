import { z } from 'zod'
import { describeValue } from './describe-value.ts'
import { moment } from './expiry.ts'
import { comment } from './name.ts'
import { isCountry, isPlainNetwork, listNamePattern, parseAsn } from './source.ts'

/** What the items of a list are. */
export const listTypes = ['ip', 'asn', 'country', 'string'] as const
export type ListType = typeof listTypes[number]

/** Maximum items of one list. */
export const MAX_LIST_ITEMS = 100_000

interface ItemKind { readonly text: string, fits (item: string): boolean }

/** Most items of the largest lists are plain IPv4 addresses, which need no schema. */
const PLAIN_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/

/** What an item of each type is. */
const itemKinds: Readonly<Record<ListType, ItemKind>> = {
  ip: {
    text: 'an IP address or a network such as 10.0.0.0/8',
    fits: item => PLAIN_IPV4.test(item) || isPlainNetwork(item)
  },
  asn: { text: 'an autonomous system such as AS64496', fits: item => parseAsn(item) !== undefined },
  country: { text: 'the code of a country such as DE', fits: isCountry },
  string: { text: 'a string', fits: () => true }
}

/** Returns what is wrong with an item of a list of this type; undefined: nothing. */
export const itemFault = (type: ListType, item: string): string | undefined =>
  itemKinds[type].fits(item) ? undefined : `expected ${itemKinds[type].text}; got ${describeValue(item)}`

/** Maximum faults of one list that are reported. */
const MAX_FAULTS = 100

/** A list of addresses, autonomous systems, countries or strings, which rules name. */
export const list = z.strictObject({
  name: z.string().regex(listNamePattern, 'the name of a list has 1 to 50 letters, digits or "_"').describe(
    'Name of the list. Expressions have it behind `$`: `ip.src in $office`.'
  ),
  type: z.enum(listTypes).describe(
    '`ip`: addresses and networks, for fields such as `ip.src`. `asn`: autonomous systems (`AS64496`), for `ip.src.asnum`. `country`: codes of countries, for `ip.src.country`. `string`: any texts.'
  ),
  items: z.array(z.string().min(1).max(1024)).max(MAX_LIST_ITEMS).default([]).describe(
    'The items. `POST /v1/lists/{name}/items` adds and removes some of them.'
  ),
  expires: z.record(z.string(), moment).default({}).describe(
    'When items end, by item: they are members until then. An item that is not named here stays.'
  ),
  comment
}).check(({ value: { type, items, expires }, issues }) => {
  const seen = new Set<string>()
  const fault = (path: PropertyKey[], message: string, input: unknown): void => {
    if (issues.length < MAX_FAULTS) issues.push({ code: 'custom', path, message, input })
  }
  for (const [i, item] of items.entries()) {
    const wrong = itemFault(type, item)
    if (wrong !== undefined) fault(['items', i], wrong, item)
    else if (seen.has(item)) fault(['items', i], `the list has ${describeValue(item)} already`, item)
    seen.add(item)
  }
  for (const item of Object.keys(expires))
    if (!seen.has(item)) fault(['expires', item], `the list has no item ${describeValue(item)}`, expires[item])
})
export type List = z.infer<typeof list>

/** Maximum items of a batch that come, and that go. */
const MAX_BATCH = 20_000

const batch = z.array(z.string().min(1).max(1024)).max(MAX_BATCH)

/** Items that come into a list, and items that go. */
export const listChange = z.strictObject({
  add: batch.default([]).describe('Items to add. One that is there stays there, and ends when this says.'),
  remove: batch.default([]).describe('Items to remove. One that is not there is no fault.'),
  expiresAt: moment.optional().describe('When the added items end. Default: never.'),
  expiresInSeconds: z.number().min(1).max(315_360_000).optional().describe('The same as a time from now.')
})
export type ListChange = z.infer<typeof listChange>
export type ListChangeInput = z.input<typeof listChange>
