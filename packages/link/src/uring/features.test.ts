import { readdirSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { expect, test } from 'vitest'
import * as abi from './abi/io-uring.ts'
import { loadLibc, type Libc } from './abi/libc.ts'
import { tryRing } from './availability.ts'
import { describeUring } from './test/fresh-loop.ts'

const { EINVAL, EMFILE, ENOMEM, EPERM } = constants.errno

/** A kernel that has all but one thing. */
type Lacking = (libc: Libc) => Partial<Libc>

const withoutFlag = (flag: number): Lacking => libc => ({
  io_uring_setup: (entries, params) =>
    (Buffer.from(params.buffer, params.byteOffset).readUInt32LE(abi.PARAMS_FLAGS) & flag) === 0
      ? libc.io_uring_setup(entries, params)
      : -EINVAL
})

const withoutFeature = (feature: number): Lacking => libc => ({
  io_uring_setup (entries, params) {
    const fd = libc.io_uring_setup(entries, params)
    const words = Buffer.from(params.buffer, params.byteOffset)
    words.writeUInt32LE((words.readUInt32LE(abi.PARAMS_FEATURES) & ~feature) >>> 0, abi.PARAMS_FEATURES)
    return fd
  }
})

const withoutRegistering = (what: number, errno: number): Lacking => libc => ({
  io_uring_register: (fd, operation, argument, count) =>
    operation === what ? -errno : libc.io_uring_register(fd, operation, argument, count)
})

const withoutOperation = (missing: number): Lacking => libc => ({
  io_uring_register (fd, operation, argument, count) {
    const result = libc.io_uring_register(fd, operation, argument, count)
    if (operation === abi.REGISTER_PROBE)
      Buffer.from(argument.buffer, argument.byteOffset).writeUInt16LE(
        0,
        abi.PROBE_BYTES + missing * abi.PROBE_OP_BYTES + abi.PROBE_OP_FLAGS
      )
    return result
  }
})

/** Rings that this process has open. */
const rings = (): number => readdirSync('/proc/self/fd').filter(fd => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[io_uring]'
  } catch {
    // The descriptor that the list was read through.
    return false
  }
}).length

describeUring('a kernel that lacks one thing', () => {
  const ringOf = (lacking: Lacking): ReturnType<typeof tryRing> => tryRing(() => {
    const libc = loadLibc()
    return { ...libc, ...lacking(libc) }
  })

  test.each<[string, Lacking, RegExp]>([
    ...Object.entries({
      CQSIZE: abi.SETUP_CQSIZE,
      SUBMIT_ALL: abi.SETUP_SUBMIT_ALL,
      TASKRUN_FLAG: abi.SETUP_TASKRUN_FLAG,
      SINGLE_ISSUER: abi.SETUP_SINGLE_ISSUER,
      DEFER_TASKRUN: abi.SETUP_DEFER_TASKRUN
    })
      .map((
        [name, flag]
      ): [string, Lacking, RegExp] => [
        `IORING_SETUP_${name}`,
        withoutFlag(flag),
        /^io_uring_setup EINVAL: .*; this kernel is older than 6\.1$/
      ]),
    ...Object.entries({ SINGLE_MMAP: abi.FEAT_SINGLE_MMAP, NODROP: abi.FEAT_NODROP })
      .map((
        [name, feature]
      ): [string, Lacking, RegExp] => [
        `IORING_FEAT_${name}`,
        withoutFeature(feature),
        /^the kernel's io_uring has features 0x[0-9a-f]+, and not all of 0x3$/
      ]),
    ...Object.entries(abi.OPERATIONS).map((
      [name, operation]
    ): [string, Lacking, RegExp] => [
      `IORING_OP_${name}`,
      withoutOperation(operation),
      new RegExp(`^the kernel's io_uring has no IORING_OP_${name}$`)
    ]),
    [
      'probes of operations',
      withoutRegistering(abi.REGISTER_PROBE, EPERM),
      /^io_uring_register of a probe EPERM: .*; forbidden by a container/
    ],
    [
      'provided buffers',
      withoutRegistering(abi.REGISTER_PBUF_RING, EINVAL),
      /^io_uring_register of provided buffers EINVAL: .*; this kernel is older than 6\.1$/
    ],
    [
      'an eventfd of the ring',
      withoutRegistering(abi.REGISTER_EVENTFD, EINVAL),
      /^io_uring_register of an eventfd EINVAL/
    ],
    ['eventfds', () => ({ eventfd: () => -EMFILE }), /^eventfd EMFILE: .*; no file descriptor is left$/],
    ['pipes', () => ({ pipe2: () => -EMFILE }), /^pipe2 EMFILE: .*; no file descriptor is left$/],
    ['descriptors in the place of others', () => ({ dup3: () => -EMFILE }), /^dup3 EMFILE/],
    ['memory to share', () => ({ mmap: () => -ENOMEM }), /^mmap .*ENOMEM: .*; over the limit of locked memory/]
  ])('%s: it is found at the start and said, and no ring is left open', (_what, lacking, reason) => {
    const before = rings()
    const { loop, reason: said } = ringOf(lacking)
    expect(said).toMatch(reason)
    expect(loop).toBeUndefined()
    expect(rings()).toBe(before)
  })

  test('nothing: the ring can be had', () => {
    const { loop, reason } = ringOf(() => ({}))
    expect(reason).toBeUndefined()
    loop!.close()
  })
})
