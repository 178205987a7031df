export * from './check-declaration.ts'
export * from './declaration.ts'
export * from './layout.ts'
export * from './runtime.ts'
