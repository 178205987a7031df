import { expect, test } from 'vitest'
import { callTree, heaviest, type CpuProfile } from './call-tree.ts'
import { flameGraph } from './flame-graph.ts'

const frame = (functionName: string, url = '', lineNumber = -1): CpuProfile['nodes'][number]['callFrame'] => ({
  functionName,
  url,
  lineNumber
})

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 4] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('onread', 'node:net', 9), children: [5] },
    { id: 4, callFrame: frame('', 'file:///somewhere/packages/engine/src/pipe.ts', 41), children: [6] },
    { id: 5, callFrame: frame('a<b>', 'file:///somewhere/packages/engine/src/flow.ts', 0) },
    { id: 6, callFrame: frame('writev') }
  ],
  startTime: 5000,
  samples: [5, 2, 3, 5, 5, 6, 5],
  timeDeltas: [500, 1000, 100, 200, 300, 400, 500]
}

const measured = { fromUs: 6000, toUs: 7500 }

test('waiting is no work, nor is what was before and after; time adds up towards the root', () => {
  const root = callTree(profile, measured)
  expect(root.totalUs).toBe(1000)
  expect(root.children.map(({ name, where, selfUs, totalUs }) => ({ name, where, selfUs, totalUs }))).toEqual([
    { name: '(idle)', where: '', selfUs: 0, totalUs: 0 },
    { name: 'onread', where: 'node:net:10', selfUs: 100, totalUs: 600 },
    { name: '(anonymous)', where: 'packages/engine/src/pipe.ts:42', selfUs: 0, totalUs: 400 }
  ])
  expect(heaviest(root, 2)).toEqual([
    { name: 'a<b>', where: 'packages/engine/src/flow.ts:1', share: 0.5 },
    { name: 'writev', where: '', share: 0.4 }
  ])
})

test('a box a call, as wide as its share, none for what nobody could see', () => {
  const svg = flameGraph(callTree(profile, measured), 'A & B')
  expect(svg.match(/<g transform="translate\(\S+ -?\d+\)"><title>/g)).toHaveLength(5)
  expect(svg).toContain('A &amp; B')
  expect(svg).toContain('<title>a&lt;b&gt; packages/engine/src/flow.ts:1: 50.0 %</title><rect width="599.6"')
  expect(svg).not.toContain('(idle)')
})
