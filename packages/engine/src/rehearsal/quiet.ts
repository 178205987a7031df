import type { Log } from '../log.ts'

const nothing = (): void => {}

/** A log that drops every line: a rehearsal writes none. */
export const quiet: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, isLevelEnabled: () => false }
