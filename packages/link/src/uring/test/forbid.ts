import { createRequire } from 'node:module'
import { loadLibc } from '../abi/libc.ts'

/**
 * As a container's seccomp profile does it: io_uring_setup fails with an errno, in this process and in those that it
 * starts. seccomp(2), <linux/seccomp.h>, <linux/bpf_common.h>.
 */
export const forbid = (errno: number): void => {
  const koffi = createRequire(import.meta.url)('koffi') as {
    load(path: null): { func(declaration: string): (...args: number[]) => number }
  }
  const prctl = koffi.load(null).func('int prctl(int option, long a, long b, long c, long d)')
  const { addressOf } = loadLibc()
  // Load the number of the system call; if it is io_uring_setup (425): SECCOMP_RET_ERRNO, else SECCOMP_RET_ALLOW.
  const program = Buffer.alloc(4 * 8)
  const instruction = (at: number, code: number, jumpTrue: number, jumpFalse: number, k: number): void => {
    program.writeUInt16LE(code, at * 8)
    program[at * 8 + 2] = jumpTrue
    program[at * 8 + 3] = jumpFalse
    program.writeUInt32LE(k, at * 8 + 4)
  }
  instruction(0, 0x20, 0, 0, 0)
  instruction(1, 0x15, 0, 1, 425)
  instruction(2, 0x06, 0, 0, 0x0005_0000 | errno)
  instruction(3, 0x06, 0, 0, 0x7fff_0000)
  const filter = Buffer.alloc(16)
  filter.writeUInt16LE(4, 0)
  filter.writeBigUInt64LE(BigInt(addressOf(program)), 8)
  const PR_SET_NO_NEW_PRIVS = 38
  const PR_SET_SECCOMP = 22
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0 || prctl(PR_SET_SECCOMP, 2, addressOf(filter), 0, 0) !== 0)
    throw new Error('no seccomp here')
}
