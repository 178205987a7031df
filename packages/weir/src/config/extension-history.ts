import { createHash } from 'node:crypto'
import { lookUp, recordFrom, sameCode, type Config, type ExtensionCode } from '@weirlb/model'
import type { CanaryEnd, ExtensionHistory, ExtensionVersion, Histories } from '../storage/extension-history.ts'

/** The name of an edge function's history among those of extensions: a name has no blank. */
export const functionHistory = (name: string): string => `function ${name}`

/** What has versions: code, and maybe a canary. */
interface Versioned extends ExtensionCode {
  readonly name: string
  readonly canary?: ExtensionCode | undefined
}

/** Describes a change, where the code alone does not show it. `extension`: the name of the history. */
export type Turn = { readonly extension: string, readonly rollback: true } | {
  readonly extension: string
  readonly revert: string
}

/** How many versions a rollback can go back. */
export const maxPrevious = 5
const maxVersions = 20

/** The histories after a change from `present` to `next` at `now`. */
export const nextHistories = (
  histories: Histories,
  present: Config,
  next: Config,
  now: string,
  turn?: Turn
): Histories =>
  recordFrom([
    ...historiesIn(histories, present.extensions, next.extensions, name => name, now, turn),
    ...historiesIn(histories, present.edgeFunctions, next.edgeFunctions, functionHistory, now, turn)
  ])

const historiesIn = (
  histories: Histories,
  present: readonly Versioned[],
  next: readonly Versioned[],
  keyOf: (name: string) => string,
  now: string,
  turn: Turn | undefined
): [string, ExtensionHistory][] =>
  next.map(each => {
    const before = present.find(({ name }) => name === each.name)
    const key = keyOf(each.name)
    const history = lookUp(histories, key)
    const own = turn?.extension === key ? turn : undefined
    return [
      key,
      before === undefined || history === undefined ? first(each, now) : after(history, before, each, now, own)
    ]
  })

const first = (extension: Versioned, now: string): ExtensionHistory => {
  const history = { current: 1, versions: [versionOf(1, extension, now)], previous: [] }
  return extension.canary === undefined
    ? history
    : { ...history, canary: 2, versions: [versionOf(2, extension.canary, now), ...history.versions] }
}

const after = (
  history: ExtensionHistory,
  before: Versioned,
  next: Versioned,
  now: string,
  turn: Turn | undefined
): ExtensionHistory => {
  let { current, versions, previous, lastCanary } = history
  const give = (code: ExtensionCode): number => {
    const version = versions[0]!.version + 1
    versions = [versionOf(version, code, now), ...versions].slice(0, maxVersions)
    return version
  }
  const end = (outcome: CanaryEnd['outcome'], reason: string): CanaryEnd => ({
    version: history.canary!,
    outcome,
    reason,
    at: now
  })

  const promoted = before.canary !== undefined && sameCode(before.canary, next)
  if (!sameCode(before, next)) {
    if (turn !== undefined && 'rollback' in turn) {
      current = previous[0]!.version
      previous = previous.slice(1)
    } else {
      previous = [{ version: current, source: before.source, builtin: before.builtin }, ...previous].slice(
        0,
        maxPrevious
      )
      current = promoted ? history.canary! : give(next)
    }
    lastCanary = promoted ? end('promoted', 'it became the version') : undefined
  }

  let canary: number | undefined
  if (next.canary !== undefined) {
    canary = !promoted && before.canary !== undefined && sameCode(before.canary, next.canary)
      ? history.canary
      : give(next.canary)
    lastCanary = undefined
  } else if (before.canary !== undefined && !promoted) {
    lastCanary = turn !== undefined && 'revert' in turn
      ? end('reverted', turn.revert)
      : end('ended', 'the configuration has it no more')
  }
  return { current, canary, versions, previous, lastCanary }
}

const versionOf = (version: number, code: ExtensionCode, since: string): ExtensionVersion => ({
  version,
  code: code.builtin === undefined
    ? `sha256:${createHash('sha256').update(code.source ?? '').digest('hex').slice(0, 16)}`
    : `builtin ${code.builtin}`,
  since
})
