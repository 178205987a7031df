import type { EdgeFunctionFailure } from '@weirlb/model'
import type {
  FunctionDeclaration,
  FunctionForm,
  FunctionRequest,
  Guest,
  HeaderChanges,
  HeaderPair
} from '@weirlb/sdk/abi'
import type { EngineFunction } from '../engine-config.ts'
import { toldInOneLine } from '../extension/ask-guest.ts'
import { FunctionMemory } from './function-memory.ts'
import { readAnswer } from './read-answer.ts'

/** What a function decides on a request that it is tried on. */
export interface FunctionTrial {
  readonly form: FunctionForm
  readonly decision: 'allow' | 'respond' | 'failed'
  /** Changes of the request's headers, and of its response's; undefined where it does not pass. */
  readonly request: HeaderChanges | undefined
  readonly response: HeaderChanges | undefined
  /** Of its own response. */
  readonly status: number | undefined
  readonly headers: readonly HeaderPair[] | undefined
  /** One character for each byte. */
  readonly body: string | undefined
  readonly failure: EdgeFunctionFailure | undefined
  /** The message of a failure, with the author's line and column. */
  readonly reason: string | undefined
  /** What the request would come to after a failure. */
  readonly failedOpen: boolean | undefined
  readonly logs: readonly string[]
  /** Time by the clock of the isolate's first call. */
  readonly wallMs: number
}

type Result = Omit<FunctionTrial, 'form' | 'wallMs'>
const nothing: Result = {
  decision: 'allow',
  request: undefined,
  response: undefined,
  status: undefined,
  headers: undefined,
  body: undefined,
  failure: undefined,
  reason: undefined,
  failedOpen: undefined,
  logs: []
}

const failedBy = (
  failure: EdgeFunctionFailure,
  reason: string,
  failedOpen: boolean,
  logs: readonly string[] = []
): Result => ({ ...nothing, decision: 'failed', failure, reason, failedOpen, logs })

/** Have a fresh isolate decide on a request, and end it. */
export const tryFunction = (guest: Guest<FunctionDeclaration>, { limits: { bodyBytes }, failOpen }: EngineFunction, request: FunctionRequest): Promise<FunctionTrial> => new Promise(resolve => {
  const memory = new FunctionMemory(guest.memory)
  const began = performance.now()
  const told = (text: string): string => toldInOneLine(text, guest).slice(0, 1024)
  const end = (result: Result): void => {
    const wallMs = performance.now() - began
    guest.dispose()
    resolve({ form: guest.declaration.form, ...result, wallMs })
  }
  const read = (): Result | undefined => {
    const json = memory.answer(0)
    if (json === undefined) return undefined
    const answer = readAnswer(json, bodyBytes)
    if (answer === undefined) return failedBy('invalid', 'its answer cannot be read', failOpen)
    if (answer.op === 'failed') return failedBy(answer.fault, told(answer.text), answer.failOpen || failOpen, answer.logs)
    const { logs } = answer
    if (answer.op === 'allow') return { ...nothing, request: answer.request, response: answer.response, logs }
    return { ...nothing, decision: 'respond', status: answer.status, headers: answer.headers, body: answer.body, logs }
  }
  if (!memory.add(JSON.stringify(request))) {
    end(failedBy('too-large', 'the head of the request is too large', failOpen))
    return
  }
  guest.run(0, 1, {
    batchDone: () => { end(read() ?? failedBy('unresolved', 'its promise can never resolve', failOpen)) },
    batchCut: (_bank, _processed, { message, starved }) => { end(read() ?? failedBy(starved ? 'starved' : 'timeout', told(message.replace('batchTimeoutMs', 'cpuMs')), failOpen)) },
    batchFailed: (_bank, { kind, message }) => { end(read() ?? failedBy(kind, told(message), failOpen)) }
  })
})
