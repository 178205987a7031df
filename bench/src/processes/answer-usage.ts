/** What a process under test says about itself. `cpuUs` counts all its threads. */
export interface Usage { readonly cpuUs: number, readonly rss: number, readonly crossings: number }

/**
 * Answer each message from the parent with this process's CPU time, memory and crossings so far; end with the parent.
 */
export const answerUsage = (crossings: () => number = () => 0): void => {
  process.on('message', message => {
    if (message === 'gc') globalThis.gc?.()
    const { user, system } = process.cpuUsage()
    process.send!({ cpuUs: user + system, rss: process.memoryUsage.rss(), crossings: crossings() } satisfies Usage)
  })
  process.on('disconnect', () => process.exit())
}
