// Makes the parser of the rule language from its grammar. `npm run setup` runs this when the grammar is newer.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import peggy from 'peggy'

const folder = new URL('../packages/rules/src/language/', import.meta.url)
const grammar = new URL('grammar.peggy', folder)
const code = peggy.generate(readFileSync(grammar, 'utf8'), {
  output: 'source',
  format: 'es',
  grammarSource: 'grammar.peggy'
})
const made = new URL(`parser.ts.${process.pid}`, folder)
writeFileSync(
  made,
  `// @ts-nocheck Generated from grammar.peggy by scripts/make-parser.ts; not in the repository.\n${code}`
)
// Another setup may run beside this one.
renameSync(fileURLToPath(made), fileURLToPath(new URL('parser.ts', folder)))
