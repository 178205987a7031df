export { ExtensionError, type ExtensionErrorCode } from './extension-error.ts'
export { createRuntime, type SandboxOptions, type SandboxRuntime } from './runtime.ts'
