/** Returns the environment of a process whose time of day is wrong by so many seconds. */
export const wrongClock = (seconds: number): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${new URL('wrong-clock.mjs', import.meta.url).href}`,
  WEIR_WRONG_CLOCK: String(seconds)
})
