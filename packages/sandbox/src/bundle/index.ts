export { ExtensionError, type ExtensionErrorCode } from '../extension-error.ts'
export { bundle, type BundleOptions } from './bundle.ts'
export { readDeclaration } from './read-declaration.ts'
export { scriptName, StackMapper } from './stack-mapper.ts'
