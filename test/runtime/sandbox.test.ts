import { createRuntime } from '@weir/sandbox'
import { runtimeSuite } from './runtime-suite.ts'

runtimeSuite('sandbox, loop', createRuntime, 'loop')
runtimeSuite('sandbox, thread', createRuntime, 'thread')
