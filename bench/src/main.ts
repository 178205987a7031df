// npm run bench [-- --quick] [--only S1,S4] [--path NAME]... [--before CHECKOUT]: every scenario on every path;
// bench/results/ and docs/benchmarks.md.
// --haproxy and --nginx take other programs than the installed ones. --most-rounds N goes on until the ratios are
// certain to a tenth. npm run bench -- --sessions 1000000: the session table and its files, with so many entries. npm
// run bench -- --profile S1: a flame graph of a Weir worker under that load; docs/profiles/.
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { certificateFor } from '../../test/support/certificate.ts'
import { page, results } from './page/page.ts'
import { pathsOf } from './paths/all.ts'
import { FILTER, HAPROXY, INSPECTED, TUNNELLED } from './paths/names.ts'
import { weirPathsOf } from './paths/weir.ts'
import { profile, subjects } from './profile/profile.ts'
import type { Result } from './result.ts'
import { root, runInfo } from './run-info.ts'
import { scenarios } from './scenario/all.ts'
import { Ends } from './scenario/ends.ts'
import { Proxies } from './scenario/proxies.ts'
import type { Effort } from './scenario/scenario.ts'
import { measureSessions } from './sessions/sessions.ts'

const full: Effort = {
  rounds: 3,
  mostRounds: 3,
  warmUpSeconds: 0.5,
  seconds: 1.8,
  idle: 5000,
  settleMs: 15_000,
  quietMs: 6000,
  connections: [100, 1000, 8000],
  vservers: [10, 500, 2000]
}
const quick: Effort = {
  rounds: 1,
  mostRounds: 1,
  warmUpSeconds: 0.2,
  seconds: 0.5,
  idle: 500,
  settleMs: 700,
  quietMs: 1000,
  connections: [100, 1000],
  vservers: [10, 200],
  paths: [HAPROXY, FILTER, TUNNELLED, INSPECTED]
}
/** A quick run begins nothing more after this long. */
const QUICK_MS = 105_000

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Scenarios, with commas between: S1 is all whose id begins so. */
    only: { type: 'string' },
    /** Only these proxies, beside the direct path. */
    path: { type: 'string', multiple: true },
    /** A checkout of another version, set up: measured in the same rounds. */
    before: { type: 'string' },
    rounds: { type: 'string' },
    /** More rounds, up to so many, until the ratios of work are certain to a tenth. */
    'most-rounds': { type: 'string' },
    /** Programs to measure in place of the installed ones, and where that nginx has its modules. */
    haproxy: { type: 'string', default: 'haproxy' },
    nginx: { type: 'string', default: 'nginx' },
    'nginx-modules': { type: 'string', default: '/usr/lib/nginx/modules' },
    seconds: { type: 'string' },
    profile: { type: 'string' },
    sessions: { type: 'string' }
  }
})

const choose = (
  what: string,
  wanted: readonly string[] | undefined,
  choices: readonly string[],
  matches = (choice: string, name: string): boolean => choice === name
): ReadonlySet<string> => {
  const unknown = wanted?.find(name => !choices.some(choice => matches(choice, name)))
  if (unknown !== undefined) throw new Error(`${what} '${unknown}'; there are: ${choices.join('; ')}`)
  return new Set(wanted === undefined ? choices : choices.filter(choice => wanted.some(name => matches(choice, name))))
}

const paths = [
  ...pathsOf({ haproxy: values.haproxy, nginx: values.nginx, nginxModules: values['nginx-modules'] }),
  ...(values.before === undefined ? [] : weirPathsOf(values.before))
]
const given = values.quick ? quick : full
// Paths that were asked for by name are measured, quick or not.
const { paths: sampled, ...rest } = given
const rounds = Number(values.rounds ?? given.rounds)
const effort: Effort = {
  ...rest,
  ...(sampled === undefined || values.path !== undefined ? {} : { paths: sampled }),
  rounds,
  mostRounds: Math.max(rounds, Number(values['most-rounds'] ?? rounds)),
  seconds: Number(values.seconds ?? given.seconds)
}
const whole = !values.quick && values.before === undefined && values.only === undefined && values.path === undefined
const wanted = choose(
  'scenario',
  values.only?.split(','),
  scenarios.map(scenario => scenario.id),
  (id, name) => id === name || id.startsWith(`${name}-`)
)
const wantedPaths = choose('path', values.path, paths.map(path => path.name))
const chosen = paths.filter((path, i) => path.missing === undefined && (i === 0 || wantedPaths.has(path.name)))
const profiles = choose('profile', values.profile?.split(','), Object.keys(subjects))

if (values.sessions !== undefined) {
  await measureSessions(Number(values.sessions), line => { console.log(line) })
  process.exit()
}

const certificate = await certificateFor('bench.example')
const ends = await Ends.start(certificate)
const proxies = new Proxies(ends.servers, certificate, { shared: values.quick })

const writeProfiles = async (): Promise<void> => {
  for (const id of profiles) {
    const { file, lines } = await profile(id, paths, ends, proxies, `${root}docs/profiles`)
    console.log([`${id}: ${file.slice(root.length)}`, ...lines].join('\n') + '\n')
  }
}

const measure = async (): Promise<void> => {
  const { rounds, warmUpSeconds, seconds } = effort
  const result: Result = {
    ...runInfo(),
    effort: { rounds, warmUpSeconds, seconds },
    paths: paths.map(({ name, version, missing }) => ({
      name,
      version,
      ...(missing === undefined ? {} : { missing })
    })),
    reports: [],
    failures: [],
    skipped: []
  }
  for (const { name, missing } of paths) if (missing !== undefined) console.error(`without ${name}: ${missing}`)
  mkdirSync(`${root}bench/results`, { recursive: true })
  const file = `bench/results/${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`
  // Also after each scenario: of a run that is cut, the rest is a run of its own.
  const save = (): void => { writeFileSync(root + file, JSON.stringify(result, undefined, 2) + '\n') }
  for (const scenario of scenarios) {
    if (!wanted.has(scenario.id) || values.quick && values.only === undefined && scenario.long === true) continue
    if (values.quick && performance.now() > QUICK_MS) {
      result.skipped.push(scenario.id)
      continue
    }
    console.error(`${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${scenario.id}: ${scenario.title}`)
    result.reports.push(await scenario.measure({ ends, proxies, paths: chosen, effort, failures: result.failures }))
    save()
  }
  for (const { scenario, path, why } of result.failures) console.error(`${scenario}, ${path}: ${why}`)
  if (result.skipped.length > 0) console.error(`no time left for ${result.skipped.join(', ')}`)

  save()
  if (whole) writeFileSync(`${root}docs/benchmarks.md`, page(result))
  else console.log(results(result))
  console.error(
    `${(performance.now() / 1000).toFixed(0).padStart(5)} s  written: ${file}${whole ? ', docs/benchmarks.md' : ''}`
  )
}

try {
  await (values.profile === undefined ? measure() : writeProfiles())
} finally {
  await proxies.stop()
  await ends.stop()
}
