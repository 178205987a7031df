import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds in a tick of /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000

/** Nothing where the thread has ended since it was listed. */
const childrenOf = (pid: number, thread: string): string => {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** A process and all its descendants, itself first. */
export const treeOf = (pid: number): number[] => {
  const pids = [pid]
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    for (const child of childrenOf(pid, thread).split(' ')) {
      if (child !== '') pids.push(...treeOf(Number(child)))
    }
  }
  return pids
}

/** CPU time that the processes have used so far, user and system, all threads, in microseconds (proc(5): fields 14 and 15 of /proc/PID/stat). */
export const cpuUs = (pids: readonly number[]): number => {
  let ticks = 0
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks * TICK_US
}

/** Memory of the processes in KB; pages they share count once (Pss of /proc/PID/smaps_rollup). */
export const memoryKb = (pids: readonly number[]): number => {
  let sum = 0
  for (const pid of pids) sum += Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1])
  return sum
}
