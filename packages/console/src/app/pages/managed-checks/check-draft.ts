import type { ManagedCheck, ManagedGroups } from '@weirlb/admin/client'

/** Mode of a managed check, or of one of its checks. */
export type Mode = ManagedCheck['mode']

/** What was chosen and is not applied: only fields that differ from what there is. Modes of checks by identifier. */
export interface Draft {
  readonly mode?: Mode
  readonly sensitivity?: ManagedCheck['sensitivity']
  readonly threshold?: ManagedCheck['threshold']
  readonly onFailure?: ManagedCheck['onFailure']
  readonly rules: Readonly<Record<string, Mode>>
}

/** Nothing was chosen. */
export const noDraft: Draft = { rules: {} }

/** Fields of the whole managed check that are chosen in place, with their choices. */
export const settings = {
  mode: ['default', 'on', 'off', 'simulate', 'block', 'challenge'],
  sensitivity: ['low', 'medium', 'high', 'highest'],
  threshold: ['strict', 'moderate', 'lenient'],
  onFailure: ['open', 'closed']
} as const satisfies { readonly [F in Exclude<keyof Draft, 'rules'>]-?: readonly ManagedCheck[F][] }
/** Name of such a field. */
export type Setting = keyof typeof settings

/** Returns the fields that a group has. */
export const settingsOf = ({ group }: Pick<ManagedCheck, 'group'>): readonly Setting[] =>
  group === 'owasp-crs' ? ['mode', 'sensitivity', 'threshold', 'onFailure'] : ['mode']

/** Returns the modes that one check can have; none where it has no mode of its own. */
export const modesOf = (
  { group }: Pick<ManagedCheck, 'group'>,
  known: ManagedGroups['items'][number]['checks'][number] | undefined
): readonly Mode[] => known?.fixed === true ? [] : group === 'owasp-crs' ? ['default', 'off'] : settings.mode

const ownMode = ({ rules }: Pick<ManagedCheck, 'rules'>, id: string): Mode =>
  (Object.hasOwn(rules, id) ? rules[id] : undefined) ?? 'default'

/** Returns the mode of a check as it is chosen. */
export const chosenMode = (check: Pick<ManagedCheck, 'rules'>, draft: Draft, id: string): Mode =>
  (Object.hasOwn(draft.rules, id) ? draft.rules[id] : undefined) ?? ownMode(check, id)

/** Choose a mode for a check: what there is already is no change. */
export const chooseMode = (check: Pick<ManagedCheck, 'rules'>, draft: Draft, id: string, mode: Mode): Draft => {
  const { [id]: _, ...rest } = draft.rules
  return { ...draft, rules: mode === ownMode(check, id) ? rest : { ...rest, [id]: mode } }
}

/** Choose a setting, likewise. */
export const choose = <S extends Setting>(
  check: ManagedCheck,
  draft: Draft,
  setting: S,
  value: ManagedCheck[S]
): Draft => {
  const { [setting]: _, ...rest } = draft
  return (value === check[setting] ? rest : { ...rest, [setting]: value }) as Draft
}

/** Number of changes. */
export const countOf = ({ rules, ...rest }: Draft): number => Object.keys(rules).length + Object.keys(rest).length

/** Returns the merge patch that a draft stands for: a check as its group is named no more. */
export const patchOf = ({ rules, ...rest }: Draft): Readonly<Record<string, unknown>> => ({
  ...rest,
  ...Object.keys(rules).length > 0 &&
    { rules: Object.fromEntries(Object.entries(rules).map(([id, mode]) => [id, mode === 'default' ? null : mode])) }
})
