import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { faultPlace } from './json-fault.ts'
import type { YamlAnswer, YamlQuestion } from './yaml-thread.ts'
import type { AskedPlace, Position, TextFault, yamlValue } from './yaml-text.ts'

/** The text of a document: its value, and where each part of it stands. */
export interface DocumentText {
  readonly value: unknown
  /** Returns the positions of values, or of names of fields; of the nearest things around those that are not there. */
  positionsOf (asked: readonly AskedPlace[]): Promise<readonly (Position | undefined)[]>
}

/** Read a text of JSON. */
export const readJsonText = async (text: string): Promise<DocumentText | TextFault[]> => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's message quotes the text around the fault.
    const place = faultPlace(text)
    const [, line, column] = /line (\d+), column (\d+)/.exec(place) ?? []
    return [{
      message: `is not JSON: ${place}`,
      position: line === undefined ? undefined : { line: Number(line), column: Number(column) }
    }]
  }
  // YAML contains JSON. Its parser is slower: it is used where a position is wanted.
  return { value, positionsOf: asked => positionsOf(text, asked) }
}

/** Read a text of YAML 1.2 (its core schema). */
export const readYamlText = async (text: string): Promise<DocumentText | TextFault[]> => {
  const read = isLong(text)
    ? await ofThread<ReturnType<typeof yamlValue>>({ text })
    : (await import('./yaml-text.ts')).yamlValue(text)
  return Array.isArray(read) ? read : { value: read.value, positionsOf: asked => positionsOf(text, asked) }
}

const positionsOf = async (text: string, asked: readonly AskedPlace[]): Promise<readonly (Position | undefined)[]> =>
  isLong(text) ? await ofThread({ text, asked }) : (await import('./yaml-text.ts')).positionsIn(text, asked)

/**
 * Longest text that is parsed here, in characters. The parser takes microseconds for each, and this process has timers
 * and an API beside.
 */
const MAX_HERE = 16 * 1024
const isLong = (text: string): boolean => text.length > MAX_HERE

const thread = new URL(`./yaml-thread${extname(import.meta.url)}`, import.meta.url)

/** Ask a thread of its own about a text. */
const ofThread = async <Answer extends YamlAnswer>(question: YamlQuestion): Promise<Answer> => {
  const worker = new Worker(thread, { workerData: question })
  try {
    const [answer] = await once(worker, 'message') as [Answer]
    return answer
  } finally {
    await worker.terminate()
  }
}
