// The package that people install: programs import the library, and the command has its own entry.
export * from '@weirlb/core'
