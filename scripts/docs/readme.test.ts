// The example of every package's README, run; what it prints is what the comment below the last `console.log` says.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

test.each(globSync('packages/*/README.md', { cwd: root }))('%s', page => {
  for (const [, code] of readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-node-snapshot', '--input-type=module-typescript', '--eval', code!], { cwd: root, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.trim()).toBe(/^\/\/ (.*)$/m.exec(code!)?.[1] ?? '')
  }
})
