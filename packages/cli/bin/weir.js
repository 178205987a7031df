#!/usr/bin/env node
// Plain JavaScript without static imports: a Node that is too old for what follows reads this far, and can say so.
const oldest = 24

if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write('weir needs Node ' + oldest + ' or later; this is ' + process.version + '\n')
  process.exitCode = 1
} else {
  import('weirlb/cli').then(cli => cli.run(process.argv.slice(2)))
}
