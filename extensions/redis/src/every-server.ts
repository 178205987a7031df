// Commands that concern all keys, or what every server has to have: every server is asked, and the replies become one.
import { split, type Bytes, type Context, type SplitToServices, type Verdict } from '@weirlb/sdk'
import type { Parameters } from './parameters.ts'
import { Refused } from './refused.ts'
import { array, arrayOf, integer, isNull, joined, numberIn, numbersIn, TOO_LARGE } from './reply.ts'
import type { Request } from './request.ts'
import { scan } from './scan.ts'
import type { State } from './state.ts'
import { missing, serverError } from './server-error.ts'

type Ctx = Context<State, Parameters>
/** What becomes of the replies; none of them is an error. */
type Gather = (replies: readonly Bytes[]) => Bytes

interface Rule {
  /** It changes the servers. */
  readonly writes: boolean
  readonly verdict: (request: Request) => Verdict
}

/** Every server has its reply, or that is the error. */
const gathering = (gather: Gather): SplitToServices['gather'] => replies => {
  if (replies === undefined) return TOO_LARGE
  const wrong = missing(replies) ?? serverError(replies)
  return wrong ?? gather(replies.map(({ bytes }) => bytes!))
}

const everyServer = (writes: boolean, gather: Gather): Rule => {
  const gathered = gathering(gather)
  return { writes, verdict: () => split({ to: 'all', gather: gathered }) }
}

const first: Gather = replies => replies[0]!
const sum: Gather = replies => integer(replies.reduce((total, reply) => total + numberIn(reply), 0))
const together: Gather = replies => {
  const arrays = replies.map(arrayOf)
  return joined([
    array(arrays.reduce((total, { count }) => total + count, 0)),
    ...arrays.map(({ elements }) => elements)
  ])
}
/** One of those that have a key; of all servers alike, so that a key of a small one comes more often. */
const anyKey: Gather = replies => {
  const keys = replies.filter(reply => !isNull(reply))
  return keys.length === 0 ? replies[0]! : keys[Math.floor(Math.random() * keys.length)]!
}
/** What all servers have. */
const least: Gather = replies => {
  const numbers = replies.map(numbersIn)
  return joined([
    array(numbers[0]!.length),
    ...numbers[0]!.map((_, i) => integer(Math.min(...numbers.map(of => of[i] ?? 0))))
  ])
}

/** Commands for every server by name, with their subcommand where only some of a command are. */
export const everyServerRules: ReadonlyMap<string, Rule> = new Map([
  ['SCAN', { writes: false, verdict: scan }],
  ['DBSIZE', everyServer(false, sum)],
  ['KEYS', everyServer(false, together)],
  ['RANDOMKEY', everyServer(false, anyKey)],
  ['SCRIPT EXISTS', everyServer(false, least)],
  ['FLUSHDB', everyServer(true, first)],
  ['FLUSHALL', everyServer(true, first)],
  ['SCRIPT LOAD', everyServer(true, first)],
  ['SCRIPT FLUSH', everyServer(true, first)],
  ['FUNCTION LOAD', everyServer(true, first)],
  ['FUNCTION DELETE', everyServer(true, first)],
  ['FUNCTION FLUSH', everyServer(true, first)]
])

/** Commands that are for every server with some of their subcommands. */
const withSubcommands: ReadonlySet<string> = new Set(['SCRIPT', 'FUNCTION'])

/**
 * Returns the verdict on a command that every server has to be asked; undefined: it is none. Refused where the operator
 * does not let it, or in a transaction.
 */
export const askEveryServer = (request: Request, { params, state }: Ctx): Verdict | undefined => {
  const name = withSubcommands.has(request.name) && request.count > 1
    ? `${request.name} ${request.word(1)}`
    : request.name
  const rule = everyServerRules.get(name)
  if (rule === undefined) return undefined
  const needed = rule.writes ? 'write' : 'read'
  if (params.everyServer !== 'write' && params.everyServer !== needed) {
    throw new Refused(`'${name.toLowerCase()}' is not taken here: it goes to every server, and the parameter everyServer is '${params.everyServer}', not '${needed}'`)
  }
  if (state.transaction !== undefined)
    throw new Refused(`'${name.toLowerCase()}' is not taken inside a transaction: it goes to every server`)
  return rule.verdict(request)
}
