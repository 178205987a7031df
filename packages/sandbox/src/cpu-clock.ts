/** CPU time used so far, in ms. isolated-vm's own `cpuTime` is no use for that: measured with 7.0.1 on Linux, it goes on while the whole process is stopped. */
export type CpuClock = () => number

const total = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000

/** Of the thread that the event loop runs on, and guests in loop mode with it. */
export const ownThread: CpuClock = () => total(process.threadCpuUsage())

/** Of all other threads. No way is known to ask about a guest's: this is at least what it had. */
export const otherThreads: CpuClock = () => total(process.cpuUsage()) - ownThread()
