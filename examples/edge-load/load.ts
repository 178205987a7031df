import type { Visit } from './visit.ts'

/** How much load: so many users at once, one visit after the other, until the time or the number of visits is over. */
export interface Load { readonly users: number, readonly seconds: number, readonly visits?: number | undefined }

/** Run visits. */
export const run = async (
  { users, seconds, visits = Infinity }: Load,
  visit: (begunAt: number) => Promise<Visit>
): Promise<Visit[]> => {
  const done: Visit[] = []
  const begunAt = performance.now()
  let begun = 0
  const user = async (): Promise<void> => {
    while (begun < visits && performance.now() - begunAt < seconds * 1000) {
      begun++
      done.push(await visit(begunAt))
    }
  }
  await Promise.all(Array.from({ length: users }, user))
  return done
}

/** `20 received`, or `12 received, 8 0x9f`: outcomes with their number. */
export const outcomes = (visits: readonly Visit[]): string => {
  const counts = new Map<string, number>()
  for (const { outcome } of visits) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a === 'received' ? -1 : b === 'received' ? 1 : a.localeCompare(b)).map((
    [outcome, count]
  ) => `${count} ${outcome}`).join(', ')
}

/** The time that a share of the visits took at most, in milliseconds. */
export const quantile = (visits: readonly Visit[], share: number): number => {
  const times = visits.map(({ ms }) => ms).sort((a, b) => a - b)
  return times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0
}
