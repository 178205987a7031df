import { createInProcessRuntime } from '@weirlb/testing'
import { runtimeSuite } from './runtime-suite.ts'

runtimeSuite('in-process', createInProcessRuntime, 'loop')
