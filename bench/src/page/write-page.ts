// node bench/src/page/write-page.ts [--to PAGE] bench/results/FILE.json...: docs/benchmarks.md, or another page, from
// an earlier run or from parts of one commit. docs/benchmarks-layers.md is of the scenarios over TLS, WebSockets and
// HTTP, which take a third of a whole run.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Result } from '../result.ts'
import { root } from '../run-info.ts'
import { scenarios } from '../scenario/all.ts'
import { joined } from './joined.ts'
import { page } from './page.ts'

const { values: { to }, positionals } = parseArgs({
  allowPositionals: true,
  options: { to: { type: 'string', default: 'docs/benchmarks.md' } }
})
const parts = positionals.map(file => JSON.parse(readFileSync(file, 'utf8')) as Result)
writeFileSync(resolve(root, to), page(joined(parts, scenarios.map(scenario => scenario.id))))
