import {
  type FunctionAnswer,
  functionFaults,
  type HeaderChanges,
  type HeaderPair,
  MAX_FUNCTION_HEADER_TEXT,
  MAX_FUNCTION_HEADERS,
  MAX_FUNCTION_LOG,
  MAX_FUNCTION_LOGS
} from '@weirlb/sdk/abi'

/** RFC 9110 §5.6.2. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const BYTES = /^[\0-\xff]*$/
const MAX_TEXT = 8192

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isPair = (value: unknown): value is HeaderPair =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && NAME.test(value[0]) &&
  typeof value[1] === 'string' && VALUE.test(value[1])

const pairsOf = (value: unknown): readonly HeaderPair[] | undefined => {
  if (!Array.isArray(value) || value.length > MAX_FUNCTION_HEADERS || !value.every(isPair)) return undefined
  return value.reduce((sum, [name, text]) => sum + name.length + text.length, 0) > MAX_FUNCTION_HEADER_TEXT
    ? undefined
    : value
}

const namesOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.length <= 1024 &&
    value.every((name): name is string => typeof name === 'string' && NAME.test(name))
    ? value
    : undefined

const changesOf = (value: unknown): HeaderChanges | undefined => {
  if (!isObject(value)) return undefined
  const [set, remove] = [pairsOf(value['set']), namesOf(value['remove'])]
  return set === undefined || remove === undefined ? undefined : { set, remove }
}

const logsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.slice(0, MAX_FUNCTION_LOGS).map(line => String(line).slice(0, MAX_FUNCTION_LOG)) : []

/**
 * Reads what a function has left; undefined for anything that it should not be able to say. The sandbox is not trusted:
 * its loop shares the realm of the author's code.
 */
export const readAnswer = (json: string, maxBody: number): FunctionAnswer | undefined => {
  let value: unknown
  try { value = JSON.parse(json) } catch { return undefined }
  if (!isObject(value)) return undefined
  const logs = logsOf(value['logs'])
  switch (value['op']) {
    case 'allow': {
      const [request, response] = [changesOf(value['request']), changesOf(value['response'])]
      return request === undefined || response === undefined ? undefined : { op: 'allow', request, response, logs }
    }
    case 'respond': {
      const { status, body } = value
      const headers = pairsOf(value['headers'])
      if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599 || headers === undefined)
        return undefined
      if (typeof body !== 'string' || body.length > maxBody || !BYTES.test(body)) return undefined
      return { op: 'respond', status: status as number, headers, body, logs }
    }
    case 'failed': {
      const fault = functionFaults.find(each => each === value['fault'])
      return fault === undefined
        ? undefined
        : {
          op: 'failed',
          fault,
          text: String(value['text']).slice(0, MAX_TEXT),
          failOpen: value['failOpen'] === true,
          logs
        }
    }
    default: return undefined
  }
}
