// What a server can do to a client, and when.
import type { Act, Ending } from './scripted-server.ts'

/** Levels of the protocol that clients are asked to speak: 3.1.1 and 5. */
export type Version = 4 | 5

export interface Stimulus {
  /** Heading of its column: a code, or how the connection ends. */
  readonly name: string
  readonly code?: number
  readonly reference?: string
  readonly ending: Ending
}

/** When stimuli come. */
export interface Phase {
  readonly title: string
  readonly stimuli: (version: Version) => readonly Stimulus[]
  /** What the connections of a client meet, one after the other. */
  readonly acts: (stimulus: Stimulus) => readonly Act[]
  /** How many of the delays that follow belong to something else. */
  readonly skip: number
}

/** How often a client meets a stimulus before it is served. */
const TIMES = 3

/** A name that leads nowhere a client of this run could go: whoever follows it does not come back here. */
const ELSEWHERE = 'elsewhere.invalid:1883'

const hex = (code: number): string => `0x${code.toString(16).toUpperCase()}`
const said = (codes: readonly number[], name: (code: number) => string): Stimulus[] =>
  codes.map(code => ({ name: name(code), code, ending: 'fin' }))
const referred = (code: number): Stimulus => ({
  name: `${hex(code)} + reference`,
  code,
  reference: ELSEWHERE,
  ending: 'fin'
})

const plain: readonly Stimulus[] = [{ name: 'FIN', ending: 'fin' }, { name: 'RST', ending: 'reset' }]

/** Codes that may stand in a CONNACK (MQTT 3.1.1 table 3.1; MQTT 5 table 3-1). */
const refusals = (version: Version): readonly Stimulus[] =>
  version === 4
    ? [...plain, ...said([1, 2, 3, 4, 5], String)]
    : [
      ...plain,
      ...said([0x80, 0x81, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x95, 0x97, 0x9c, 0x9d, 0x9f], hex),
      referred(0x9c),
      referred(0x9d)
    ]

/** Codes that a server may put into a DISCONNECT (MQTT 5 table 3-13). MQTT 3.1.1 servers have none. */
const goodbyes = (version: Version): readonly Stimulus[] => [
  ...plain,
  { name: 'FIN, then no listener for 3 s', ending: 'away' },
  ...version === 4
    ? []
    : [
      ...said([0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x93, 0x95, 0x97, 0x98, 0x9c, 0x9d], hex),
      referred(0x9c),
      referred(0x9d)
    ]
]

const act = (when: Act['when'], { code, reference, ending }: Stimulus): Act => ({ when, code, reference, ending })
const times = (one: Act): Act[] => Array.from({ length: TIMES }, () => one)
const losesItsServer: Act = { when: 'subscribed', ending: 'fin' }

export const phases = {
  first: {
    title: 'Refused at the first connection',
    stimuli: refusals,
    acts: stimulus => times(act('connect', stimulus)),
    skip: 0
  },
  again: {
    title: 'Refused at a reconnection',
    stimuli: refusals,
    acts: stimulus => [losesItsServer, ...times(act('connect', stimulus))],
    skip: 1
  },
  connected: {
    title: 'Ended while connected',
    stimuli: goodbyes,
    acts: stimulus => times(act('subscribed', stimulus)),
    skip: 0
  }
} as const satisfies Record<string, Phase>

export type PhaseName = keyof typeof phases
