// What a Weir without clients costs: time and CPU from the start to the ready line, then memory of each process.
//   node bench/src/idle/idle.ts [--weir PROGRAM]... [--workers N]... [--config FILE] [--transport NAME] [--rounds N]
// [--settle SECONDS]
// PROGRAM is a `bin/weir` or `weir.js`; without it that of this repository. Programs and numbers of workers alternate
// within a round.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cpuUs, treeOf } from '../process-tree.ts'
import { root } from '../run-info.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    weir: { type: 'string', multiple: true, default: [`${root}packages/cli/bin/weir.js`] },
    workers: { type: 'string', multiple: true, default: ['1', '2'] },
    config: { type: 'string' },
    transport: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    settle: { type: 'string', default: '5' }
  }
})

/** MB of one process: its share of all its pages, and the pages that nobody shares. */
interface Memory { readonly pss: number, readonly uss: number }

// Weir runs on a copy of Node: of the program's own pages, it shares those of Weir alone, as on a machine that has no
// other Node.
const folder = mkdtempSync(join(tmpdir(), 'weir-idle-'))
const node = join(folder, 'node')
copyFileSync(process.execPath, node)
process.on('exit', () => { rmSync(folder, { recursive: true }) })

const memoryOf = (pid: number): Memory => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)![1])
  return { pss: kb('Pss') / 1024, uss: (kb('Private_Clean') + kb('Private_Dirty')) / 1024 }
}

interface Sample {
  readonly readyMs: number
  readonly cpuMs: number
  /** The control process first. */
  readonly processes: readonly Memory[]
}

const sample = async (weir: string, workers: string): Promise<Sample> => {
  const begun = performance.now()
  const args = [
    weir,
    'serve',
    '--admin',
    '127.0.0.1:0',
    '--workers',
    workers,
    '--log-level',
    'error',
    ...values.config === undefined ? [] : ['--config', values.config],
    ...values.transport === undefined ? [] : ['--transport', values.transport]
  ]
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  try {
    await Promise.race([
      once(createInterface(child.stdout), 'line'),
      exited.then(([status]) => {
        throw new Error(`${weir} ended with status ${status}`)
      })
    ])
    const readyMs = performance.now() - begun
    const pids = treeOf(child.pid!)
    const cpuMs = cpuUs(pids) / 1000
    await pause(Number(values.settle) * 1000)
    return { readyMs, cpuMs, processes: pids.map(memoryOf) }
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}

const samples = new Map<string, Sample[]>()
for (let round = 0; round < Number(values.rounds); round++) {
  for (const weir of values.weir) {
    for (const workers of values.workers) {
      const key = JSON.stringify([weir, workers])
      samples.set(key, [...samples.get(key) ?? [], await sample(weir, workers)])
    }
  }
}

const text = (numbers: readonly number[], digits = 0): string =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)})`
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
console.log(
  `${values.rounds} rounds, Node ${process.version}, load ${
    loadavg()[0]!.toFixed(1)
  }; medians, the least in parentheses\n`
)
console.log(
  '| program, workers | ms to ready | CPU ms till then | PSS of all, MB | control: PSS, USS | worker: PSS, USS |\n|---|--:|--:|--:|--:|--:|'
)
for (const [key, all] of samples) {
  const [weir, workers] = JSON.parse(key) as [string, string]
  const of = (which: (processes: readonly Memory[]) => number): string =>
    text(all.map(({ processes }) => which(processes)), 1)
  const mean = (processes: readonly Memory[], what: keyof Memory): number =>
    sum(processes.slice(1).map(memory => memory[what])) / (processes.length - 1)
  console.log(
    `| ${weir.replace(root, '')}, ${workers} | ${text(all.map(({ readyMs }) => readyMs))} | ${
      text(all.map(({ cpuMs }) => cpuMs))
    } | ${of(processes => sum(processes.map(({ pss }) => pss)))} | ${of(([control]) => control!.pss)}, ${
      of(([control]) => control!.uss)
    } | ${
      workers === '0' ? '' : `${of(processes => mean(processes, 'pss'))}, ${
        of(processes => mean(processes, 'uss'))
      }`
    } |`
  )
}
