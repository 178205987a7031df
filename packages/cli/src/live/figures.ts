import { ratesOf, table, type Column } from '@weirlb/netscaler'

/** The data of `stat` about one entity: its figures by their titles, and its name. */
export type Stat = Readonly<Record<string, unknown>> & { readonly name: string }

/**
 * One entity as `weir top` shows it. `rates`: of each figure that is a number, per second, where there was one before.
 */
export interface Row {
  readonly name: string
  readonly figures: Readonly<Record<string, unknown>>
  readonly rates: Readonly<Record<string, number>>
}

/** A table of `weir top`: the command whose data it has, and its columns. */
interface TopTable {
  readonly title: string
  readonly command: string
  readonly columns: readonly { readonly title: string, readonly of: (row: Row) => string, readonly right?: true }[]
}

const plain = (title: string, figure: string): TopTable['columns'][number] => ({
  title,
  of: ({ figures }) => String(figures[figure] ?? '')
})
const count = (title: string, figure: string): TopTable['columns'][number] => ({
  title,
  of: ({ figures }) => String(figures[figure] ?? ''),
  right: true
})
const rate = (title: string, figure: string): TopTable['columns'][number] => ({
  title,
  of: ({ rates }) => rates[figure] === undefined ? '' : rates[figure].toFixed(1),
  right: true
})
const byteRate = (title: string, figure: string): TopTable['columns'][number] => ({
  title,
  of: ({ rates }) => rates[figure] === undefined ? '' : bytesText(rates[figure]),
  right: true
})

/** The tables by their names in the JSON of `weir top`. */
export const topTables = {
  userVservers: {
    title: 'User vserver',
    command: 'stat user vserver',
    columns: [
      plain('State', 'State'),
      count('Health', 'Health'),
      count('Conn', 'ClntConn'),
      rate('Conn/s', 'Hits'),
      rate('Req/s', 'Req'),
      byteRate('In/s', 'Reqb'),
      byteRate('Out/s', 'Rspb'),
      rate('Ended/s', 'Closed')
    ]
  },
  lbVservers: {
    title: 'LB vserver',
    command: 'stat lb vserver',
    columns: [
      plain('State', 'State'),
      count('Health', 'Health'),
      count('Conn', 'SvrConn'),
      rate('Picks/s', 'Hits'),
      rate('NoSvc/s', 'NoSvc'),
      count('Sessions', 'Sessions')
    ]
  },
  services: {
    title: 'Service',
    command: 'stat service',
    columns: [
      plain('State', 'State'),
      count('Conn', 'SvrConn'),
      rate('Dials/s', 'Hits'),
      rate('Fail/s', 'DialFail'),
      rate('Req/s', 'Req'),
      byteRate('In/s', 'Reqb'),
      byteRate('Out/s', 'Rspb')
    ]
  }
} as const satisfies Record<string, TopTable>
export type TopTableName = keyof typeof topTables

/**
 * Returns rows of the data of `stat`, with the rates since the last call of this name about this Weir, which `weir`
 * stands for.
 */
export const rowsOf = (weir: object, name: TopTableName, stats: readonly Stat[]): Row[] => {
  const numbers = stats.flatMap(stat =>
    Object.entries(stat).flatMap(([title, value]) =>
      typeof value === 'number' ? [[`${stat.name} ${title}`, value] as const] : []
    )
  )
  const rateOf = ratesOf(weir, name, new Map(numbers))
  return stats.map(({ name, rates: _, ...figures }) => ({
    name,
    figures,
    rates: Object.fromEntries(Object.keys(figures).flatMap(title => {
      const perSecond = rateOf(`${name} ${title}`)
      return perSecond === undefined ? [] : [[title, perSecond]]
    }))
  }))
}

/** Returns a table for a terminal; the entities with the most connections come first. */
export const tableText = (name: TopTableName, rows: readonly Row[], width: number): string => {
  const { title, columns }: TopTable = topTables[name]
  const connections = ({ figures }: Row): number => Number(figures['ClntConn'] ?? figures['SvrConn'] ?? 0)
  const sorted = rows.toSorted((a, b) => connections(b) - connections(a) || (a.name < b.name ? -1 : 1))
  const heads: Column[] = [
    { title },
    ...columns.map(({ title, right }): Column => right === true ? { title, right } : { title })
  ]
  return table(heads, sorted.map(row => [row.name, ...columns.map(({ of }) => of(row))]), width)
}

const units = ['', 'K', 'M', 'G', 'T']

/** `512`, `1.5K`, `23M`: bytes in powers of 1024. */
export const bytesText = (bytes: number): string => {
  let [left, unit] = [Math.abs(bytes), 0]
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1024
    unit++
  }
  return `${left >= 10 || unit === 0 ? Math.round(left) : left.toFixed(1)}${units[unit]}`
}
