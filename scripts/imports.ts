import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** Every source below a folder, without what is installed or built. */
export const sourcesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file =>
      /\.(tsx?|js|mjs)$/.test(file) &&
      !file.split(sep).some(part => part === 'node_modules' || part === 'dist' || part === 'site')
    )
    .map(file => join(folder, file))

/** Tests, and configurations of tools, may use the test kit and the development dependencies of their package. */
export const isTest = (folder: string, file: string): boolean =>
  /\.(test|config)\.ts$/.test(file) || /(^|[\\/])test[\\/]/.test(relative(folder, file))

/** Imports by text: several checks read the same file. */
const parsed = new Map<string, readonly string[]>()

/** Every module that a file names: imports, re-exports, dynamic imports and types. */
export const importsOf = (file: string): readonly string[] => {
  const text = readFileSync(file, 'utf8')
  const known = parsed.get(text)
  if (known !== undefined) return known
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`)
  const found: string[] = []
  const literal = (node: { type: string, value?: unknown } | null): void => {
    if (node !== null && node.type === 'Literal' && typeof node.value === 'string') found.push(node.value)
  }
  new Visitor({
    ImportDeclaration (node) { literal(node.source) },
    ExportNamedDeclaration (node) { literal(node.source) },
    ExportAllDeclaration (node) { literal(node.source) },
    ImportExpression (node) { literal(node.source) },
    TSImportType (node) { literal(node.source) }
  }).visit(program)
  parsed.set(text, found)
  return found
}
