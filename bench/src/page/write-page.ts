// node bench/src/page/write-page.ts bench/results/FILE.json...: docs/benchmarks.md from an earlier run, or from parts of one commit.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Result } from '../result.ts'
import { scenarios } from '../scenario/all.ts'
import { joined } from './joined.ts'
import { page } from './page.ts'

const parts = process.argv.slice(2).map(file => JSON.parse(readFileSync(file, 'utf8')) as Result)
writeFileSync(new URL('../../../docs/benchmarks.md', import.meta.url), page(joined(parts, scenarios.map(scenario => scenario.id))))
