import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/javascript'

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** What makes the default export of an author's module. */
const MAKERS = new Set(['defineProtocol', 'edgeFunction'])
const typescript = parser.configure({ dialect: 'ts' })

/**
 * Returns where a module declares what a path names, `client.framing.max`: the property, or the nearest one around it
 * that is there. Undefined where the module is not made by a call with an object in this text. Errors in the text do
 * no harm: it is not run.
 */
export const declaredAt = (text: string, path: string): Place | undefined => {
  const root = typescript.parse(text).topNode
  const call = callOf(root, text)
  if (call === undefined) return undefined
  let found = call
  let inside = objectOf(argumentOf(call), root, text)
  for (let rest = path; inside !== undefined && rest !== '';) {
    const step = stepTo(inside, rest, text)
    if (step === undefined) break
    found = step.member
    rest = step.rest
    inside = objectOf(found.name === 'Property' ? found.lastChild : found, root, text)
  }
  const before = text.slice(0, found.from)
  return { line: before.split('\n').length, column: found.from - before.lastIndexOf('\n') }
}

/** The first call of a maker. */
const callOf = (root: SyntaxNode, text: string): SyntaxNode | undefined => {
  const cursor = root.cursor()
  do {
    if (cursor.name === 'CallExpression' && MAKERS.has(textOf(cursor.node.firstChild, text))) return cursor.node
  } while (cursor.next())
  return undefined
}

const argumentOf = (call: SyntaxNode): SyntaxNode | null => {
  for (let child = call.getChild('ArgList')?.firstChild ?? null; child !== null; child = child.nextSibling)
    if (child.name !== '(' && child.name !== ')' && child.name !== ',') return child
  return null
}

/** The object or list that a value is, or is made of: `frame.lines({ … })`, a constant's name, `{ … } as const`. */
const objectOf = (value: SyntaxNode | null, root: SyntaxNode, text: string): SyntaxNode | undefined => {
  switch (value?.name) {
    case 'ObjectExpression':
    case 'ArrayExpression': return value
    case 'CallExpression': return objectOf(argumentOf(value), root, text)
    case 'BinaryExpression':
    case 'ParenthesizedExpression':
      return value.getChild('ObjectExpression') ?? value.getChild('ArrayExpression') ?? undefined
    // `{ client }` stands for its constant.
    case 'PropertyDefinition':
    case 'VariableName': return constantOf(textOf(value, text), root, text)
    default: return undefined
  }
}

/** The object that a constant of the module has. */
const constantOf = (name: string, root: SyntaxNode, text: string): SyntaxNode | undefined => {
  for (const statement of root.getChildren('VariableDeclaration')) {
    const definition = statement.getChildren('VariableDefinition').find(each => textOf(each, text) === name)
    for (let next = definition?.nextSibling ?? null; next !== null; next = next.nextSibling)
      if (next.name === 'ObjectExpression' || next.name === 'ArrayExpression') return next
  }
  return undefined
}

interface Step {
  readonly member: SyntaxNode
  /** What is left of the path. */
  readonly rest: string
}

/** The member that the path begins with. Names of fields have dots. */
const stepTo = (inside: SyntaxNode, path: string, text: string): Step | undefined => {
  if (inside.name === 'ArrayExpression') {
    const [head, number] = /^\[(\d+)\]\.?/.exec(path) ?? []
    let index = Number(number)
    for (let child = head === undefined ? null : inside.firstChild; child !== null; child = child.nextSibling)
      if (!'[],'.includes(child.name) && index-- === 0) return { member: child, rest: path.slice(head!.length) }
    return undefined
  }
  let best: Step | undefined
  for (const member of inside.getChildren('Property')) {
    const named = member.getChild('PropertyDefinition') ?? member.getChild('String')
    const name = textOf(named, text).replace(/^['"]|['"]$/g, '')
    const rest = path.slice(name.length)
    if (name === '' || !path.startsWith(name) || (rest !== '' && !'.['.includes(rest[0]!))) continue
    if (best === undefined || rest.length < best.rest.length) best = { member, rest: rest.replace(/^\./, '') }
  }
  return best
}

const textOf = (node: SyntaxNode | null, text: string): string => node === null ? '' : text.slice(node.from, node.to)
