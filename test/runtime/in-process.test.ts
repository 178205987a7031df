import { createInProcessRuntime } from '@weir/testing'
import { runtimeSuite } from './runtime-suite.ts'

runtimeSuite('in-process', createInProcessRuntime, 'loop')
