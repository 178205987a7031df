import { expect, test } from 'vitest'
import { workerFlags } from './worker-flags.ts'

test('the young generation has 8 MB unless the environment says how large it is', () => {
  expect(workerFlags()).toEqual(['--no-node-snapshot', '--max-semi-space-size=8'])
  expect(workerFlags('--cpu-prof')).toEqual(['--no-node-snapshot', '--max-semi-space-size=8'])
  for (const flag of ['--max-semi-space-size=16', '--max_semi_space_size=16'])
    expect(workerFlags(`--cpu-prof ${flag}`)).toEqual(['--no-node-snapshot'])
})
