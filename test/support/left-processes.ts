// Processes that tests started, and theirs: they have the marks of their run (WEIR_TEST_RUN) and of their test file
// (WEIR_TEST_FILE) in their environment.
import { readdirSync, readFileSync } from 'node:fs'

export interface LeftProcess { readonly pid: number, readonly command: string }

const read = (pid: string, file: 'environ' | 'cmdline'): string => {
  try { return readFileSync(`/proc/${pid}/${file}`, 'latin1') } catch { return '' }
}

/**
 * Those that live and were started with this mark, a variable; none where the system has no /proc. esbuild's service
 * is the test's own process as it were: it ends with it.
 */
export const leftProcesses = (mark: string, value: string): LeftProcess[] => {
  let pids: string[]
  try { pids = readdirSync('/proc').filter(name => /^\d+$/.test(name)) } catch { return [] }
  return pids
    .filter(pid => read(pid, 'environ').split('\0').includes(`${mark}=${value}`))
    .map(pid => ({ pid: Number(pid), command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }))
    .filter(({ command }) => !command.includes('esbuild --service='))
}

/**
 * End them, at once, until none is left: one of them may have started another meanwhile. Answers those that there
 * were.
 */
export const endLeft = (mark: string, value: string): LeftProcess[] => {
  const ended = new Map<number, LeftProcess>()
  for (let round = 0; round < 10; round++) {
    const left = leftProcesses(mark, value)
    if (left.length === 0) break
    for (const one of left) {
      if (!ended.has(one.pid)) ended.set(one.pid, one)
      try { process.kill(one.pid, 'SIGKILL') } catch { /* it has ended meanwhile */ }
    }
  }
  return [...ended.values()]
}
