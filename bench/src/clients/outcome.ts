/** What came of one client and one stimulus. */
export interface Outcome {
  /** From each end to the client's next CONNECT, in ms. */
  readonly delays: readonly number[]
  /** Protocol levels of its CONNECTs. */
  readonly levels: readonly number[]
  readonly end: End
}

export type End =
  /** It was served in the end, and stayed. */
  | { readonly kind: 'back' }
  /** Its process ended before that. */
  | { readonly kind: 'exit', readonly status: number | 'the code' | NodeJS.Signals, readonly told: boolean }
  /** Its process runs and has not come within the time that a run waits; `told`: it has printed something. */
  | { readonly kind: 'never', readonly told: boolean }

export const isBack = ({ end }: Outcome): boolean => end.kind === 'back'

const levelNames: Readonly<Record<number, string>> = { 3: '3.1', 4: '3.1.1', 5: '5' }

/**
 * Every delay is at least this many times the one before where a client backs off; one that draws its delays by lot
 * does not.
 */
const BACKS_OFF = 1.8

const backsOff = (delays: readonly number[]): boolean =>
  delays.length > 2 && delays.every((ms, i) => i === 0 || ms > 300 && ms >= BACKS_OFF * delays[i - 1]!)

const seconds = (ms: number): string => ms < 300 ? '0' : (Math.max(0.5, Math.round(ms / 500) / 2)).toString()

/** What outcomes must share to stand in one column. */
export const kindOf = ({ levels, end }: Outcome): string => JSON.stringify([end, [...new Set(levels)]])

/** The cell for outcomes of one kind: after how many seconds the client was back, or how it ended. */
export const cellOf = (outcomes: readonly Outcome[]): string => {
  const [{ delays: first, levels, end }] = outcomes as readonly [Outcome]
  const tried = [...new Set(levels)]
  const older = tried.length > 1 ? `, tries ${tried.slice(1).map(level => levelNames[level] ?? level).join(', ')}` : ''
  if (end.kind !== 'back')
    return `**${end.kind === 'exit' ? `exit ${end.status}` : 'never'}**${end.told ? '' : ', silent'}${older}`
  if (outcomes.every(({ delays }) => backsOff(delays))) return `${first.map(seconds).join(', ')} s${older}`
  const all = outcomes.flatMap(outcome => outcome.delays).sort((a, b) => a - b)
  const [least, most] = [seconds(all[0]!), seconds(all.at(-1)!)]
  return `${least === most ? least : `${least}–${most}`} s${older}`
}
