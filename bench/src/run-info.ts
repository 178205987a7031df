import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Result } from './result.ts'

/** The folder of the repository, with a slash at the end. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url))

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()

/** When, where and of what a run is. */
export const runInfo = (): Pick<Result, 'date' | 'command' | 'machine' | 'commit'> => ({
  date: new Date().toISOString().slice(0, 10),
  command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  machine: { cores: cpus().length, cpu: cpus()[0]!.model, kernel: release(), memoryGb: totalmem() / 2 ** 30 },
  commit: git('rev-parse', '--short', 'HEAD') +
    (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with local changes')
})
