/** Answer each message from the parent with this process's CPU time and memory so far; end with the parent. */
export const answerCpu = (): void => {
  process.on('message', message => {
    if (message === 'gc') globalThis.gc?.()
    const { user, system } = process.cpuUsage()
    process.send!({ cpuUs: user + system, rss: process.memoryUsage.rss() })
  })
  process.on('disconnect', () => process.exit())
}
