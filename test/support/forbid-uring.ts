import { constants } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import { forbid } from '../../packages/link/src/uring/test/forbid.ts'

// Preloaded (`--import`): a process that may not use io_uring, for want of memory that may be locked.
if (isMainThread) forbid(constants.errno.ENOMEM)
