import { readFileSync } from 'node:fs'

/** How often to look. */
const LOOK_MS = 250

interface Ancestor { readonly parent: number, readonly command: string }

/** A process as Linux shows it; undefined where it does not, or when it is gone. */
const read = (pid: number): Ancestor | undefined => {
  try {
    // The name in parentheses may hold any character; the parent is the second field after it [proc_pid_stat(5)].
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return { parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0', 1)[0]! }
  } catch {
    return undefined
  }
}

/**
 * True when npm, which names its process after its command, runs the shell that runs this process: `npx weir`, `npm
 * exec`, a script of package.json.
 */
const isRunByNpm = (shell: number): boolean => {
  if (process.env['npm_lifecycle_event'] === undefined) return false
  const parent = read(shell)
  return parent !== undefined && read(parent.parent)?.command.startsWith('npm ') === true
}

/**
 * Call `onEnded` when the npm that runs this process has ended. npm forwards SIGTERM only to its own shell. A shell
 * such as dash, which is `sh` on Debian, ends without forwarding it, and its child would run on. Calls `onEnded` at
 * most once, and never without npm.
 */
export const watchNpm = (onEnded: () => void): void => {
  const shell = process.ppid
  if (!isRunByNpm(shell)) return
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    onEnded()
  }, LOOK_MS).unref()
}
