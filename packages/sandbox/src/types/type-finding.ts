import { absentGlobal } from './absent-globals.ts'
import { nearest } from './nearest.ts'

/** One fault in the types of an extension. */
export interface TypeFinding {
  /** The author's file, relative to the extension's. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  readonly message: string
}

/** What is read of a compiler's diagnostic. */
export interface Fault {
  /** Offsets in the file's text. */
  readonly pos: number
  readonly end: number
  readonly text: string
  readonly messageChain?: readonly Fault[] | undefined
}

/** A fault before it is put into words. */
interface Reading {
  /** The text that the fault is about. */
  readonly at: string
  /** The file's text before it. */
  readonly before: string
  /** The compiler's messages, outermost first. */
  readonly said: readonly string[]
}

type Rule = (reading: Reading) => string | undefined

const MAX_MESSAGE = 400
/** A longer name is not looked for among the declared ones. */
const MAX_NAME = 100

/** Returns the compiler's message in the words of an extension's author, where it is one of the usual ones. */
export const wordsOf = (fault: Fault, text: string): string => {
  const reading = {
    at: text.slice(fault.pos, fault.end),
    before: text.slice(Math.max(0, fault.pos - 200), fault.pos),
    said: chainOf(fault)
  }
  for (const rule of rules) {
    const words = rule(reading)
    if (words !== undefined) return words
  }
  return shortened(reading.said.length > 1 ? `${reading.said[0]!} ${reading.said.at(-1)!}` : reading.said[0]!)
}

/** The first branch of a diagnostic. */
const chainOf = (fault: Fault): string[] => {
  const said: string[] = []
  for (let next: Fault | undefined = fault; next !== undefined && said.length < 10; next = next.messageChain?.[0])
    said.push(next.text)
  return said
}

/** Types of the SDK without their arguments, which an author has never written. */
const shortened = (text: string): string => {
  const short = text.replace(/'(Context|Side|StreamSide|Protocol|ParamsOf)<.*?>'(?=[^<>]*$|\.| )/gs, "'$1'")
  return short.length > MAX_MESSAGE ? `${short.slice(0, MAX_MESSAGE)}…` : short
}

/** The first match of a pattern in the messages. */
const find = ({ said }: Reading, pattern: RegExp): RegExpExecArray | undefined => {
  for (const text of said) {
    const found = pattern.exec(text)
    if (found !== null) return found
  }
  return undefined
}

const NAME = /^[A-Za-z_$][\w$]*$/
const handlers = new Set([
  'onMessage',
  'onData',
  'onConnect',
  'onClose',
  'onUnanswered',
  'goodbye',
  'state',
  'checkParams',
  'send',
  'judge',
  'part',
  'gather'
])
/** The handler that is named at this place. */
const what = ({ at }: Reading): string => handlers.has(at) ? at : 'the handler'
/** Texts in a union of literals. */
const literals = (type: string): string[] => [...type.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(match => match[1]!)
const meant = (name: string, choices: readonly string[]): string => {
  const near = name.length > MAX_NAME ? undefined : nearest(name, choices)
  return near === undefined ? '' : `; did you mean '${near}'`
}

/** The results of handlers, by their types. */
const VERDICTS: Readonly<Record<string, string>> = {
  Verdict: 'forward(), drop(), reject(), split()',
  StreamVerdict: 'pass(), drop(n), more(), pipe(), reject()'
}

const rules: readonly Rule[] = [
  // An async handler, or one that returns a promise.
  reading => find(reading, /^Type 'Promise<.*' is (?:not assignable|missing)/s) &&
    `${what(reading)} returns a promise; handlers are synchronous: the result is needed when the handler returns, and nothing in the sandbox has to be awaited`,

  reading => {
    const name = find(reading, /^Cannot find name '([\w$]+)'/)?.[1]
    return name === undefined ? undefined : absentGlobal(name)
  },

  // token, session, via, match; ctx.pin.
  reading => {
    const type = find(
      reading,
      /^(?:Type|Argument of type) '(.+)' is not assignable to (?:parameter of )?type 'Key(?: \| undefined)?'/s
    )?.[1]
    if (type === undefined) return undefined
    const remedy = type === 'number' || type === 'bigint'
      ? `; write String(${NAME.test(reading.at) ? '…' : reading.at})`
      : ''
    return `${NAME.test(reading.at) ? reading.at : 'a key'} is text or bytes (string or Uint8Array), not ${
      shortened(type)
    }${remedy}`
  },

  // ctx.set, its field and its value.
  reading => {
    const types = find(reading, /^Argument of type '(.+)' is not assignable to parameter of type '(.+)'\.?$/s)
    if (types === undefined) return undefined
    if (/\.set\s*\(\s*$/.test(reading.before)) {
      const declared = literals(types[2]!)
      const [field = types[1]!] = literals(types[1]!)
      if (declared.length === 0)
        return `no field '${field}' is declared: the protocol has no \`fields\`; add fields: { '${field}': 'string' }`
      return `no field '${field}' is declared in \`fields\`${meant(field, declared)}; there are: ${
        declared.sort().join(', ')
      }`
    }
    const field = /\.set\s*\(\s*['"]([^'"\n]+)['"]\s*,\s*$/.exec(reading.before)?.[1]
    return field === undefined
      ? undefined
      : `the value of '${field}' is a ${types[2]!} by its declaration in \`fields\`, not a ${types[1]!}`
  },

  // Text where bytes are needed.
  reading => find(reading, /type '(?:string|".*")' is not assignable to (?:parameter of )?type '(?:Bytes|Uint8Array<ArrayBufferLike>)(?: \| undefined)?'/si) &&
    `${handlers.has(reading.at) ? `${reading.at} returns text; ` : ''}bytes are needed here, not text: encodeUtf8('…')`,

  // What a handler returns.
  reading => {
    const types = find(reading, /^Type '(.+)' is not assignable to type '(Verdict|StreamVerdict)'/s)
    if (types === undefined) return undefined
    const there = `; there are: ${VERDICTS[types[2]!]!}`
    if (/^(?:void|undefined)$/.test(types[1]!)) return `${what(reading)} returns nothing${there}`
    if (types[1]!.endsWith('| undefined')) return `${what(reading)} returns nothing on one of its paths${there}`
    return `${what(reading)} returns ${shortened(types[1]!)}${there}`
  },

  reading =>
    find(reading, /^Types of property 'onData' are incompatible/) &&
    'a side has a `framing` (with onMessage, or without) or onData, not both',

  // A word or number that is none of the choices.
  reading =>
    find(reading, /type 'FieldType'/) &&
    `${reading.at}: a field is 'string', 'int', 'bool', 'strings', 'map' or 'secret'`,
  reading => {
    const types = find(
      reading,
      /^Type '("?)([^'"]+)\1' is not assignable to type '([^']+)'\.(?: Did you mean '"(.+)"'\?)?$/
    )
    if (types === undefined || (types[1] === '' && !/^\d+$/.test(types[2]!))) return undefined
    const choices = types[3]!.split(' | ').filter(choice => /^(?:".*"|\d+)$/.test(choice)).map(choice =>
      choice.replaceAll('"', '')
    )
    return `${reading.at}: '${types[2]!}' is not possible${
      types[4] === undefined ? '' : `; did you mean '${types[4]}'`
    }${choices.length === 0 ? '' : `; there are: ${choices.join(', ')}`}`
  },

  // A name that is not there.
  reading => {
    const found = find(reading, /^Property '(.+?)' does not exist on type '(.+?)'\.(?: Did you mean '(.+)'\?)?$/s)
    if (found === undefined) return undefined
    const owner = /\bstate\s*\??\.\s*$/.test(reading.before)
      ? 'the state that state() returns'
      : found[2]!.startsWith('ParamsOf<')
      ? '`params` of the protocol'
      : shortened(found[2]!).replace(/<.*/s, '')
    return `'${found[1]!}' is not in ${owner}${found[3] === undefined ? '' : `; did you mean '${found[3]}'`}`
  },
  reading => {
    const found = find(
      reading,
      /but '(.+?)' does not exist in type '(?:Omit<)?(\w+).*'\.(?: Did you mean to write '(.+)'\?)?$/s
    )
    if (found === undefined) return undefined
    return `unknown property '${found[1]!}' of ${found[2]!}${
      found[3] === undefined ? '' : `; did you mean '${found[3]}'`
    }`
  },
  reading => {
    const name = find(reading, /^Property '(.+?)' is missing in type/)?.[1]
    return name === undefined ? undefined : `'${name}' is missing`
  },
  reading =>
    find(reading, /^'.*\.state' is possibly 'undefined'/) &&
    'there is no state: the protocol declares none; add state: () => ({ … })'
]
