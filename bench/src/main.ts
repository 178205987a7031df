// npm run bench [-- --quick] [--only S1-50,S4] [--path NAME]...: every scenario on every path; bench/results/ and docs/benchmarks.md.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measure, measureIdle, startEnds } from './measure.ts'
import { page } from './page.ts'
import { paths } from './paths/all.ts'
import type { Result } from './result.ts'
import { scenarios, type Effort } from './scenarios.ts'

const IDLE = 'S6'
const full: Effort = { rounds: 3, warmUpSeconds: 0.5, seconds: 2, idle: 5000 }
const quick: Effort = { rounds: 1, warmUpSeconds: 0.3, seconds: 0.7, idle: 500 }
/** A quick run begins nothing more after this long. */
const QUICK_MS = 85_000

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Scenarios by id, with commas between. */
    only: { type: 'string' },
    /** Only these proxies, beside the direct path. */
    path: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    seconds: { type: 'string' }
  }
})

const choose = (what: string, wanted: readonly string[] | undefined, choices: readonly string[]): ReadonlySet<string> => {
  const unknown = wanted?.find(name => !choices.includes(name))
  if (unknown !== undefined) throw new Error(`${what} '${unknown}'; there are: ${choices.join('; ')}`)
  return new Set(wanted ?? choices)
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const given = values.quick ? quick : full
const effort: Effort = { ...given, rounds: Number(values.rounds ?? given.rounds), seconds: Number(values.seconds ?? given.seconds) }
const whole = !values.quick && values.only === undefined && values.path === undefined
const wanted = choose('scenario', values.only?.split(','), [...scenarios.map(scenario => scenario.id), IDLE])
const wantedPaths = choose('path', values.path, paths.map(path => path.name))
const chosen = paths.filter((path, i) => path.missing === undefined && (i === 0 || wantedPaths.has(path.name)))

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()

const result: Result = {
  date: new Date().toISOString().slice(0, 10),
  command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  machine: { cores: cpus().length, cpu: cpus()[0]!.model, kernel: release(), memoryGb: totalmem() / 2 ** 30 },
  commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with local changes'),
  effort,
  paths: paths.map(({ name, version, missing }) => ({ name, version, ...(missing === undefined ? {} : { missing }) })),
  scenarios: [],
  idle: [],
  failures: [],
  skipped: []
}
const outOfTime = (): boolean => values.quick && performance.now() > QUICK_MS
for (const { name, missing } of paths) if (missing !== undefined) console.error(`without ${name}: ${missing}`)

const ends = await startEnds()
for (const scenario of scenarios) {
  if (!wanted.has(scenario.id) || values.quick && scenario.long === true) continue
  if (outOfTime()) {
    result.skipped.push(scenario.id)
    continue
  }
  console.error(`${scenario.id}: ${scenario.title}`)
  result.scenarios.push(await measure(ends, chosen, scenario, effort, result.failures))
}
if (wanted.has(IDLE)) {
  for (const path of chosen) {
    if (outOfTime()) {
      result.skipped.push(`${IDLE} ${path.name}`)
      continue
    }
    console.error(`${IDLE}: ${effort.idle} idle connections, ${path.name}`)
    const idle = await measureIdle(ends, path, effort.idle)
    if (idle !== undefined) result.idle.push(idle)
  }
}
for (const { scenario, path, why } of result.failures) console.error(`${scenario}, ${path}: ${why}`)
if (result.skipped.length > 0) console.error(`no time left for ${result.skipped.join(', ')}`)
await Promise.all([ends.load.stop(), ends.backend.stop()])

mkdirSync(`${root}bench/results`, { recursive: true })
const file = `bench/results/${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`
writeFileSync(root + file, JSON.stringify(result, undefined, 2) + '\n')
if (whole) writeFileSync(`${root}docs/benchmarks.md`, page(result))
else console.log(page(result).split('## Results\n\n')[1]!.split('## What is not measured')[0]!)
console.error(`written: ${file}${whole ? ', docs/benchmarks.md' : ''}`)
