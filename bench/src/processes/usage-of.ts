import { readdirSync, readFileSync } from 'node:fs'

/** CPU time of all threads of a process, in µs, to the nanosecond as the scheduler counts it. */
export const cpuUsOf = (pid: number): number => {
  let ns = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
    } catch {} // The thread has ended.
  }
  return ns / 1000
}

/** Resident memory of a process, in bytes. */
export const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
