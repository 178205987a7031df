// npm run build: emit dist/ (JavaScript, declarations, source maps) for every package that can be published. Always from nothing: a file that
// is no longer in src must not be published.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publishedPackages } from './published-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
for (const { folder } of publishedPackages(root)) rmSync(join(folder, 'dist'), { recursive: true, force: true })
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
process.exitCode = status ?? 1
