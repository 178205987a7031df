/** Answer each message from the parent with this process's CPU time, memory and crossings so far; end with the parent. */
export const answerCpu = (crossings: () => number = () => 0): void => {
  process.on('message', message => {
    if (message === 'gc') globalThis.gc?.()
    const { user, system } = process.cpuUsage()
    process.send!({ cpuUs: user + system, rss: process.memoryUsage.rss(), crossings: crossings() })
  })
  process.on('disconnect', () => process.exit())
}
