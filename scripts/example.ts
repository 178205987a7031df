// npm run example NAME [-- arguments]: a program of examples/, with the flag that a sandbox in its own process needs.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../examples', import.meta.url))
const programs = readdirSync(folder).filter(name => existsSync(join(folder, name, 'main.ts')))
const [name = '', ...args] = process.argv.slice(2)
if (!programs.includes(name)) {
  console.error(`${name === '' ? 'which example?' : `no example '${name}'.`} There are: ${programs.join(', ')}`)
  process.exit(2)
}
// A terminal's Ctrl+C reaches the program by itself.
process.on('SIGINT', () => {})
const { status, signal } = spawnSync(process.execPath, ['--no-node-snapshot', join(folder, name, 'main.ts'), ...args], {
  stdio: 'inherit'
})
process.exitCode = status ?? 128 + constants.signals[signal ?? 'SIGTERM']
