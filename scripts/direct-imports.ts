import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseSync } from 'oxc-parser'
import { publishedPackages } from './published-packages.ts'

/** Where a name is defined, and its name there. */
interface Origin { readonly file: string, readonly name: string }

/**
 * What the doors of the workspace's packages lead to, so that an importer of one name does not reach all that its
 * package exports.
 */
export class DirectImports {
  readonly #doors = new Map<string, string>()
  readonly #exports = new Map<string, ReadonlyMap<string, Origin>>()

  constructor (root: string) {
    for (const { folder, name } of publishedPackages(root)) {
      const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        exports?: Record<string, unknown>
      }
      for (const [door, file] of Object.entries(exports))
        if (typeof file === 'string' && file.endsWith('.ts')) this.#doors.set(name + door.slice(1), join(folder, file))
    }
  }

  /** Returns a module's text with each import from a door as one from the file that defines the name. */
  in (file: string, text: string): string {
    const { program } = parseSync(file, text)
    let done = text
    for (const statement of program.body.toReversed()) {
      if (statement.type !== 'ImportDeclaration' || statement.importKind === 'type') continue
      const door = this.#doors.get(statement.source.value)
      if (door === undefined) continue
      const known = this.#exportsOf(door)
      const imports: string[] = []
      for (const specifier of statement.specifiers) {
        if (specifier.type !== 'ImportSpecifier')
          throw new Error(`${file}: import names from ${statement.source.value}`)
        if (specifier.importKind === 'type') continue
        const name = specifier.imported.type === 'Literal' ? specifier.imported.value : specifier.imported.name
        // A name that is only a type may be imported without saying so.
        const origin = known.get(name)
        if (origin !== undefined)
          imports.push(`import { ${origin.name} as ${specifier.local.name} } from ${JSON.stringify(origin.file)}`)
      }
      done = `${done.slice(0, statement.start)}${imports.join(';')}${done.slice(statement.end)}`
    }
    return done
  }

  /** Values that a module exports, as far as they are defined in the workspace. */
  #exportsOf (file: string): ReadonlyMap<string, Origin> {
    const known = this.#exports.get(file)
    if (known !== undefined) return known
    const found = new Map<string, Origin>()
    this.#exports.set(file, found)
    for (const statement of parseSync(file, readFileSync(file, 'utf8')).program.body) {
      if (statement.type === 'ExportAllDeclaration' && statement.exportKind !== 'type') {
        for (const [name, origin] of this.#from(file, statement.source.value)) found.set(name, origin)
      } else if (statement.type === 'ExportNamedDeclaration' && statement.exportKind !== 'type') {
        const from = statement.source === null ? undefined : this.#from(file, statement.source.value)
        for (const { local, exported, exportKind } of statement.specifiers) {
          if (exportKind === 'type' || local.type === 'Literal' || exported.type === 'Literal') continue
          const origin = from === undefined ? { file, name: local.name } : from.get(local.name)
          if (origin !== undefined) found.set(exported.name, origin)
        }
        const { declaration } = statement
        if (declaration?.type === 'VariableDeclaration') for (const { id } of declaration.declarations) if (id.type === 'Identifier') found.set(id.name, { file, name: id.name })
        if ((declaration?.type === 'FunctionDeclaration' || declaration?.type === 'ClassDeclaration') && declaration.id !== null) found.set(declaration.id.name, { file, name: declaration.id.name })
      }
    }
    return found
  }

  #from (file: string, specifier: string): ReadonlyMap<string, Origin> {
    const target = specifier.startsWith('.') ? resolve(dirname(file), specifier) : this.#doors.get(specifier)
    return target === undefined || !existsSync(target) ? new Map() : this.#exportsOf(target)
  }
}
