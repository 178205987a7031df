// Faults of the store, of the links to it, of nodes and of servers, under clients that move from node to node.
import { expect, test } from 'vitest'
import { findService } from '../support/services.ts'
import { faults, runFaults } from './fault-run.ts'

const program = findService('redis')
test.skipIf(program === undefined)('no key is at two servers at one time outside of the documented windows, and all agree afterwards', async () => {
  const report = await runFaults({ program: program!, nodes: 3, keys: 400, rate: 200, faults, faultMs: 1500, calmMs: 500, seed: 7 })
  expect(report.overlaps).toEqual([])
  expect(report.disagreements).toEqual([])
  expect(report.unanswered).toBe(0)
  expect(report.connects).toBeGreaterThan(1000)
})
