// The package that people install: what a program imports is the library, and the command stands behind a door of its own.
export * from '@weirlb/core'
