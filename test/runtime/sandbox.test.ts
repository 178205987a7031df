import { createRuntime } from '@weirlb/sandbox'
import { runtimeSuite } from './runtime-suite.ts'

runtimeSuite('sandbox, loop', createRuntime, 'loop')
runtimeSuite('sandbox, thread', createRuntime, 'thread')
