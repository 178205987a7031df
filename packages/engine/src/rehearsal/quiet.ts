import type { Log } from '../log.ts'

const nothing = (): void => {}

/** What happens in a rehearsal is logged nowhere. */
export const quiet: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, isLevelEnabled: () => false }
