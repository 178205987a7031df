const flag = '--no-node-snapshot'

/**
 * With `--workers 0` the sandbox runs in this process, and Node must have been started without its snapshot. If it was not, this
 * process becomes one that is: same id, same files, same terminal. Where the system cannot do that, the sandbox itself says what to do.
 */
export const ensureSandboxFlag = (workers: number): void => {
  if (workers > 0 || process.execArgv.includes(flag) || process.env['NODE_OPTIONS']?.split(/\s+/).includes(flag) === true) return
  process.execve?.(process.execPath, [process.execPath, flag, ...process.execArgv, ...process.argv.slice(1)])
}
