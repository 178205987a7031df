/** How soon after a signal npm sends it again. */
const ECHO_MS = 500

/**
 * Call `onStop` for the first SIGTERM or SIGINT and `onAgain` for every later one. Under npm a terminal's Ctrl-C
 * arrives twice if the shell has exec'd Weir, as bash does: from the terminal, and forwarded by npm. There, the same
 * signal within half a second does not count as a second one.
 */
export const onStopSignals = (onStop: (signal: string) => void, onAgain: () => void): void => {
  const npm = process.env['npm_lifecycle_event'] !== undefined
  let first: NodeJS.Signals | undefined
  let at = 0
  const take = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = signal
      at = performance.now()
      onStop(signal)
    } else if (!npm || signal !== first || performance.now() - at > ECHO_MS) onAgain()
  }
  process.on('SIGTERM', take)
  process.on('SIGINT', take)
}
