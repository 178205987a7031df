import type { Result } from '../result.ts'

/**
 * Returns parts of a run as one: a later part's scenarios replace those of an earlier one. The order is that of `ids`.
 * Throws when the parts are of different commits or machines.
 */
export const joined = (parts: readonly Result[], ids: readonly string[]): Result => {
  const [first] = parts
  if (first === undefined) throw new Error('no result was given')
  for (const { commit, machine } of parts) {
    if (commit !== first.commit) throw new Error(`results of two commits, ${first.commit} and ${commit}`)
    if (machine.cpu !== first.machine.cpu || machine.cores !== first.machine.cores)
      throw new Error('results of two machines')
  }
  const measured = new Map(parts.flatMap(part => part.reports.map(report => [report.id, { part, report }] as const)))
  const used = ids.flatMap(id => measured.get(id) ?? [])
  const known = parts.flatMap(part => part.paths)
  return {
    ...first,
    command: [...new Set(parts.map(part => part.command))].join('; '),
    paths: known.filter((path, i) => known.findIndex(each => each.name === path.name) === i),
    reports: used.map(({ report }) => report),
    failures: parts.flatMap(part => part.failures.filter(failure => measured.get(failure.scenario)?.part === part)),
    skipped: []
  }
}
