import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WeirError, parseConfig } from '@weirlb/model'
import type { Probes } from '@weirlb/engine'
import { createNodeTransport } from '@weirlb/link'
import { until } from '@weirlb/link/testing'
import { expect, onTestFinished, test } from 'vitest'
import { HealthBoard } from './health-board.ts'

test('a reason shows no part of a secret, also where a shorter secret is in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-secrets-'))
  const secretFiles = { user: join(folder, 'user'), password: join(folder, 'password') }
  writeFileSync(secretFiles.user, 'weir\n')
  writeFileSync(secretFiles.password, 'weir-1234\n')
  const probes: Probes = {
    probeQuestion: async ({ secrets }) =>
      await Promise.reject(
        new WeirError('extension-failed', `no log-in as ${secrets['user']} with ${secrets['password']}`)
      ),
    probeVerdict: async () => await Promise.reject(new Error('not asked'))
  }
  const board = new HealthBoard({ transport: createNodeTransport(), probes, onHealth: () => {}, onChange: () => {} })
  onTestFinished(() => {
    board.stop()
    rmSync(folder, { recursive: true })
  })
  const monitors = [{
    type: 'extension' as const,
    extension: 'e',
    secretFiles,
    intervalSeconds: 0.05,
    timeoutSeconds: 60,
    downAfter: 1
  }]
  board.apply(parseConfig({ services: [{ name: 's', address: '127.0.0.1', port: 1, monitors }] }), [])
  await until(() => board.status('s').reason !== undefined, 'a verdict')
  expect(board.status('s').reason).toBe('no log-in as (user) with (password)')
})
