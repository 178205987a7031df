import type { Weir } from 'weirlb'
import { StatsHistory } from '../../packages/weir/src/history/stats-history.ts'

/** A real history, of no process; a test takes its samples itself. */
export const fakeHistory = (userVservers: () => readonly string[]): Weir['history'] & Pick<StatsHistory, 'sample'> => {
  const history = new StatsHistory({ processes: () => [], userVservers })
  history.sample()
  return history
}
