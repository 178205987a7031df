import { readFileSync } from 'node:fs'

/**
 * Returns for how many milliseconds the main thread of a process has wanted a core and had none, since it began. 0
 * where the system does not tell (Linux does: proc_pid_schedstat(5), its second number is in nanoseconds).
 */
export const cpuWaitMs = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6 || 0
  } catch {
    return 0
  }
}
