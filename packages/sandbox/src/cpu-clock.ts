/**
 * CPU time used so far, in ms. isolated-vm's own `cpuTime` is unsuitable: measured with 7.0.1 on Linux, it advances
 * while the whole process is stopped.
 */
export type CpuClock = () => number

const total = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000

/** CPU time of the event loop's thread, and of guests in loop mode. */
export const ownThread: CpuClock = () => total(process.threadCpuUsage())

/** CPU time of all other threads: an upper bound of a guest's, which has no clock of its own. */
export const otherThreads: CpuClock = () => total(process.cpuUsage()) - ownThread()
