import type { JSX } from 'preact'
import { Icon, type IconName } from './icon.tsx'

/** How good a state is. */
export type Tone = 'good' | 'warn' | 'bad' | 'calm'

interface Look { readonly tone: Tone, readonly icon: IconName }

const good: Look = { tone: 'good', icon: 'up' }
const bad: Look = { tone: 'bad', icon: 'down' }
const warn: Look = { tone: 'warn', icon: 'warning' }
const moving: Look = { tone: 'warn', icon: 'moving' }
const off: Look = { tone: 'calm', icon: 'paused' }
const unknown: Look = { tone: 'calm', icon: 'unknown' }

/** States of the API, and how they look. A word that is not here is shown as it is. */
const looks: Readonly<Record<string, Look>> = {
  up: good,
  ok: good,
  live: good,
  enabled: good,
  issued: good,
  resolved: good,
  done: good,
  current: good,
  down: bad,
  broken: bad,
  failed: bad,
  failing: bad,
  'extension-down': bad,
  expired: bad,
  absent: bad,
  away: bad,
  refuses: bad,
  degraded: warn,
  'sessions-only': warn,
  stale: warn,
  inactive: warn,
  suspect: warn,
  defending: warn,
  silent: warn,
  behind: warn,
  draining: { tone: 'warn', icon: 'leaving' },
  leaving: { tone: 'warn', icon: 'leaving' },
  rebuilding: moving,
  starting: moving,
  restarting: moving,
  connecting: moving,
  running: moving,
  agreeing: moving,
  'catching up': moving,
  ordering: moving,
  canary: moving,
  disabled: off,
  paused: off,
  cancelled: off,
  retired: off,
  gone: off,
  off,
  unknown,
  waiting: unknown
}

/** Returns how good a state is, for what is coloured beside its badge. */
export const toneOf = (state: string): Tone => (Object.hasOwn(looks, state) ? looks[state]! : unknown).tone

/** A state as a word with an icon and a colour, never as a colour alone. */
export const Badge = (
  { state, word = state, title }: {
    readonly state: string
    readonly word?: string
    readonly title?: string | undefined
  }
): JSX.Element => {
  const { tone, icon } = Object.hasOwn(looks, state) ? looks[state]! : { tone: 'calm', icon: 'dot' } as const
  return <span class={`badge ${tone}`} title={title}><Icon name={icon} size={12} />{word}</span>
}
