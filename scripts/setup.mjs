// Brings the workspace up on a machine that has only Node (20 or later) and npm, then runs a script of it with the
// workspace's own Node:
//
//   node scripts/setup.mjs                     install what is missing, make the parser of rules from its grammar, and
// build the console
//   node scripts/setup.mjs FILE [argument...]  ... and run FILE with node_modules/.bin/node
//
// Plain JavaScript: this file runs before anything is installed, on whatever Node the machine has.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const lockfile = join(root, 'pnpm-lock.yaml')
/** Written by every pnpm install. */
const installed = join(root, 'node_modules/.modules.yaml')
const windows = process.platform === 'win32'
const node = join(root, 'node_modules/.bin', windows ? 'node.cmd' : 'node')

const modifiedAt = file => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Weir's tools need Node 20 or later; this is ${process.version}`)
  process.exit(1)
}

if (modifiedAt(node) === 0 || modifiedAt(installed) < modifiedAt(lockfile)) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  console.error(`setting up: npx -y ${packageManager} install`)
  const { status } = spawnSync('npx', ['-y', packageManager, 'install', '--frozen-lockfile'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: windows
  })
  if (status !== 0) process.exit(status ?? 1)
  // pnpm leaves its file alone when there was nothing to do; without this the next run would ask again.
  utimesSync(installed, new Date(), new Date())
}

// The grammar is the one copy of the language: its parser is made here, and no repository has it.
const grammar = join(root, 'packages/rules/src/language/grammar.peggy')
if (modifiedAt(join(root, 'packages/rules/src/language/parser.ts')) < modifiedAt(grammar)) {
  const { status } = spawnSync(node, [join(root, 'scripts/make-parser.ts')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: windows
  })
  if (status !== 0) process.exit(status ?? 1)
}

// The console's files, from its sources, the API's client, and the names of the SDK.
const consoleFolder = join(root, 'packages/console')
const page = join(consoleFolder, 'site/index.html')
const newestIn = folder => Math.max(...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file => modifiedAt(join(folder, file))))
const sources = ['index.html', 'package.json', 'sdk-names.ts', 'vite.config.ts'].map(file => modifiedAt(join(consoleFolder, file)))
if (modifiedAt(page) < Math.max(...sources, newestIn(join(consoleFolder, 'src/app')), newestIn(join(root, 'packages/admin/src/client')), newestIn(join(root, 'packages/sdk/src')))) {
  const { status } = spawnSync(node, [join(consoleFolder, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: consoleFolder, stdio: ['ignore', 2, 2], shell: windows })
  if (status !== 0) process.exit(status ?? 1)
}

const [file, ...rest] = process.argv.slice(2)
if (file !== undefined) {
  const child = spawn(node, [join(root, file), ...rest], { stdio: 'inherit', shell: windows })
  // Ctrl-C reaches the child by itself, as a member of the same process group; a SIGTERM is for us alone.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  // npm passes a SIGTERM on to its shell alone, and a shell such as dash ends without a word to us.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 500).unref()
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
