// node bench/src/page/write-page.ts bench/results/FILE.json: docs/benchmarks.md from an earlier run.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Result } from '../result.ts'
import { page } from './page.ts'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: node bench/src/page/write-page.ts bench/results/FILE.json')
writeFileSync(new URL('../../../docs/benchmarks.md', import.meta.url), page(JSON.parse(readFileSync(file, 'utf8')) as Result))
