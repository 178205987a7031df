// Makes the time of day of a process wrong by WEIR_WRONG_CLOCK seconds; a program is run with `--import` of this file.
// The clock that only goes forward stays right, as where somebody has set the clock of a machine.
const right = Date
const wrongBy = Number(process.env.WEIR_WRONG_CLOCK) * 1000
const now = () => right.now() + wrongBy
globalThis.Date = new Proxy(right, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
  apply: () => new right(now()).toString(),
  get: (target, key) => key === 'now' ? now : Reflect.get(target, key)
})
