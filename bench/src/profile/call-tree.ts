/**
 * A V8 CPU profile, as far as it is read here:
 * https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string, readonly url: string, readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  /** Microseconds on the machine's steady clock, which all its processes share. */
  readonly startTime: number
  /** Node ids, one a sample. */
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

/** A function as called from its parent, with the time in it and below it. */
export interface Call {
  readonly name: string
  /** File and line; empty for what is not JavaScript. */
  readonly where: string
  selfUs: number
  totalUs: number
  readonly children: Call[]
}

/** Not work: the event loop waits. */
const IDLE = '(idle)'

const whereOf = (url: string, line: number): string =>
  url === '' ? '' : `${url.replace(/^file:\/\/.*?\/(?=packages\/|extensions\/|node_modules\/)/, '')}:${line + 1}`

/** A part of a profile, on the clock of `process.hrtime`. */
export interface Span { readonly fromUs: number, readonly toUs: number }

/** The calls of a part of a profile, without the time in which nothing was done; the root first. */
export const callTree = (profile: CpuProfile, { fromUs, toUs }: Span): Call => {
  const calls = new Map(
    profile.nodes.map((
      { id, callFrame }
    ) => [
      id,
      {
        name: callFrame.functionName || '(anonymous)',
        where: whereOf(callFrame.url, callFrame.lineNumber),
        selfUs: 0,
        totalUs: 0,
        children: []
      } as Call
    ])
  )
  for (const { id, children = [] } of profile.nodes)
    calls.get(id)!.children.push(...children.map(child => calls.get(child)!))
  let at = profile.startTime
  for (const [i, id] of profile.samples.entries()) {
    at += profile.timeDeltas[i]!
    const call = calls.get(id)!
    if (call.name !== IDLE && at >= fromUs && at <= toUs) call.selfUs += profile.timeDeltas[i]!
  }
  const root = calls.get(profile.nodes[0]!.id)!
  const addUp = (call: Call): number => {
    call.totalUs = call.children.reduce((sum, child) => sum + addUp(child), call.selfUs)
    return call.totalUs
  }
  addUp(root)
  return root
}

/** The functions with the most time in themselves, over all places that call them. */
export const heaviest = (
  root: Call,
  count: number
): { readonly name: string, readonly where: string, readonly share: number }[] => {
  const found = new Map<string, { name: string, where: string, us: number }>()
  const visit = ({ name, where, selfUs, children }: Call): void => {
    const key = `${name} ${where}`
    const sum = found.get(key) ?? { name, where, us: 0 }
    sum.us += selfUs
    found.set(key, sum)
    for (const child of children) visit(child)
  }
  visit(root)
  return [...found.values()].sort((a, b) => b.us - a.us).slice(0, count).map(({ name, where, us }) => ({
    name,
    where,
    share: us / root.totalUs
  }))
}
