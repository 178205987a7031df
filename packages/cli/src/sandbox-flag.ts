const flag = '--no-node-snapshot'

/**
 * With `--workers 0` the sandbox runs in this process, and Node must have started without its snapshot. Otherwise
 * this process replaces itself with one that did: same id, same files, same terminal. Where the system cannot do
 * that, the sandbox reports the remedy.
 */
export const ensureSandboxFlag = (workers: number): void => {
  if (
    workers > 0 || process.execArgv.includes(flag) || process.env['NODE_OPTIONS']?.split(/\s+/).includes(flag) === true
  ) return
  process.execve?.(process.execPath, [process.execPath, flag, ...process.execArgv, ...process.argv.slice(1)])
}
