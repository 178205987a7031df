import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLError
} from 'yaml'

/** A place in a text; both from 1. */
export interface Position { readonly line: number, readonly column: number }

/** What is wrong with a text as a whole. It never quotes the text, which may hold private keys. */
export interface TextFault { readonly message: string, readonly position: Position | undefined }

/** A value by its path, as in `services[2].port`; or the name of a field of the object there. */
export interface AskedPlace { readonly path: string, readonly field?: string | undefined }

/** The value of a text. */
export interface TextValue { readonly value: unknown }

/** Returns the value of a text of YAML 1.2 (its core schema), or its faults. */
export const yamlValue = (text: string): TextValue | TextFault[] => {
  const { document, lines } = parse(text, true)
  const faultAt = (offset: number, what: string): TextFault => {
    const position = placeIn(lines, offset)
    return { message: `is not YAML: line ${position.line}, column ${position.column}: ${what}`, position }
  }
  const faults = [...document.errors, ...document.warnings].map(fault => faultAt(fault.pos[0], wordsOf(fault)))
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined)
        faults.push(faultAt(alias.range?.[0] ?? 0, 'there is no anchor of this name before it'))
    },
    Pair: (_, { key }) => {
      if (!isScalar(key) || typeof key.value !== 'string')
        faults.push(faultAt((key as Node | null)?.range?.[0] ?? 0, 'the name of a field is text'))
    }
  })
  if (faults.length > 0) return faults
  let value: unknown
  try {
    value = document.toJS()
  } catch {
    return [{ message: 'is not YAML: aliases of aliases make it too large', position: undefined }]
  }
  if (value === null || value === undefined) return [{ message: 'is not YAML: it is empty', position: undefined }]
  return { value }
}

/**
 * Returns the positions of values in a text of YAML, or of JSON, which YAML contains: each that of the value, or of the
 * nearest thing around it if it is not there.
 */
export const positionsIn = (text: string, asked: readonly AskedPlace[]): (Position | undefined)[] => {
  const nodes = parse(text, false)
  return asked.map(({ path, field }) =>
    field === undefined ? positionOf(nodes, path) : positionOfField(nodes, path, field)
  )
}

interface Nodes { readonly document: Document.Parsed, readonly lines: LineCounter }

const parse = (text: string, uniqueKeys: boolean): Nodes => {
  const lines = new LineCounter()
  return {
    document: parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys, logLevel: 'error' }),
    lines
  }
}

/** A message may quote the text behind its words: a password may begin like a tag, an alias or a block. */
const wordsOf = ({ message }: YAMLError): string => {
  const [words = ''] = message.replace(/: .*$/s, '').split('\n')
  return `${words.slice(0, 1).toLowerCase()}${words.slice(1)}`
}

const placeIn = (lines: LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

const stepsOf = (path: string): string[] => path.match(/[^.[\]]+/g) ?? []

/** Returns the last node on the way along a path, and whether it is the end of it. */
const walk = ({ document }: Nodes, path: string): { readonly node: Node | null, readonly isThere: boolean } => {
  let node: Node | null = document.contents
  for (const step of stepsOf(path)) {
    const within = resolved(document, node)
    const next: unknown = isSeq(within)
      ? within.items[Number(step)]
      : isMap(within)
      ? pairOf(within.items, step)?.value
      : undefined
    if (next === undefined || next === null || isPair(next)) return { node, isThere: false }
    node = next as Node
  }
  return { node, isThere: true }
}

const resolved = (document: Document.Parsed, node: Node | null): Node | null =>
  isAlias(node) ? node.resolve(document) ?? null : node

const pairOf = (pairs: readonly Pair[], name: string): Pair | undefined =>
  pairs.find(({ key }) => isScalar(key) && String(key.value) === name)

const positionOf = (nodes: Nodes, path: string): Position | undefined => {
  const { node } = walk(nodes, path)
  return node?.range === undefined || node.range === null ? undefined : placeIn(nodes.lines, node.range[0])
}

const positionOfField = (nodes: Nodes, path: string, field: string): Position | undefined => {
  const { node, isThere } = walk(nodes, path)
  const within = resolved(nodes.document, node)
  const key = isThere && isMap(within) ? pairOf(within.items, field)?.key as Node | undefined : undefined
  return key?.range === undefined || key.range === null ? positionOf(nodes, path) : placeIn(nodes.lines, key.range[0])
}
