// Parses a long text of YAML, beside the event loop of the process.
import { parentPort, workerData } from 'node:worker_threads'
import { positionsIn, yamlValue, type AskedPlace, type Position } from './yaml-text.ts'

/** A text, and the places that are wanted of it; without them, its value. */
export interface YamlQuestion { readonly text: string, readonly asked?: readonly AskedPlace[] }

/** The value or the faults of a text, or positions in it. */
export type YamlAnswer = ReturnType<typeof yamlValue> | readonly (Position | undefined)[]

const { text, asked } = workerData as YamlQuestion
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's parent, not a window's
parentPort!.postMessage((asked === undefined ? yamlValue(text) : positionsIn(text, asked)) satisfies YamlAnswer)
