import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** Microseconds in a tick of /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000

/** What `read` returns; `none` where the process or thread has ended since it was listed. */
const orEnded = <T>(read: () => T, none: T): T => {
  try {
    return read()
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return none
    throw error
  }
}
const threadFile = (pid: number, thread: string, file: string): string =>
  orEnded(() => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8'), '')
const threadsOf = (pid: number): string[] => orEnded(() => readdirSync(`/proc/${pid}/task`), [])

/** A process and all its descendants, itself first. */
export const treeOf = (pid: number): number[] => {
  const pids = [pid]
  for (const thread of threadsOf(pid)) {
    for (const child of threadFile(pid, thread, 'children').split(' ')) {
      if (child !== '') pids.push(...treeOf(Number(child)))
    }
  }
  return pids
}

/**
 * CPU time that the processes have used so far, user and system, all threads, in microseconds (proc(5): fields 14 and
 * 15 of /proc/PID/stat).
 */
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

/** What the scheduler has given each thread so far, in microseconds: /proc/PID/task/TID/schedstat. */
export interface ThreadTimes {
  readonly own: ReadonlyMap<string, number>
  /** Workers of the kernel's io_uring: threads of the process whose ring it is. */
  readonly ofRings: ReadonlyMap<string, number>
}

/** Exact, where `cpuUs` counts ticks: for the short time between two moments. */
export const threadTimes = (pids: readonly number[]): ThreadTimes => {
  const [own, ofRings] = [new Map<string, number>(), new Map<string, number>()]
  for (const pid of pids) {
    for (const thread of threadsOf(pid)) {
      const ns = threadFile(pid, thread, 'schedstat').split(' ')[0]!
      if (ns !== '') (threadFile(pid, thread, 'comm').startsWith('iou-') ? ofRings : own).set(thread, Number(ns) / 1000)
    }
  }
  return { own, ofRings }
}

/** CPU time between two moments. Nothing is known of a thread that ended between them. */
export const spentUs = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number => {
  let us = 0
  for (const [thread, time] of after) us += time - (before.get(thread) ?? 0)
  return us
}

/**
 * Microseconds in which cores of this machine did something, kernel threads and every other program included; from an
 * arbitrary start.
 */
export const machineUs = (): number => {
  const [, , , , idle, waiting, , , stolen] = /^cpu .*$/m.exec(readFileSync('/proc/stat', 'utf8'))![0].split(/ +/).map(
    Number
  )
  return cpus().length * performance.now() * 1000 - (idle! + waiting! + stolen!) * TICK_US
}

/** Memory of the processes in KB; pages they share count once (Pss of /proc/PID/smaps_rollup). */
export const memoryKb = (pids: readonly number[]): number => {
  let sum = 0
  for (const pid of pids)
    sum += Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1])
  return sum
}
