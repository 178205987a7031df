import { describeChoices } from '@weirlb/model'
import type { Method, Route } from './route.ts'

/** Routes by the parts of their paths. */
interface Node {
  readonly children: Map<string, Node>
  readonly routes: Map<Method, Route>
}

/** The target of a path. */
export interface Found {
  /** Routes of the path by method; a path may fit two patterns, as `validate` is also a name. */
  readonly routes: ReadonlyMap<Method, Route>
  readonly params: Readonly<Record<string, string>>
}

const node = (): Node => ({ children: new Map(), routes: new Map() })
const isParam = (part: string): boolean => part.startsWith(':')

/**
 * The paths of the API, for requests that no route took: which methods the path has, and what could have stood in its
 * place.
 */
export class PathChoices {
  readonly #root = node()

  constructor (routes: readonly Route[]) {
    for (const route of routes) {
      let at = this.#root
      for (const part of route.path.split('/').slice(1)) {
        let next = at.children.get(part)
        if (next === undefined) at.children.set(part, next = node())
        at = next
      }
      at.routes.set(route.method, route)
    }
  }

  /** `path` is what follows `/v1`, undecoded: `/services/s1`. */
  find (path: string): Found {
    const parts = split(path)
    const routes = new Map<Method, Route>()
    const params: Record<string, string> = {}
    for (const { at, names } of this.#walk(parts)) {
      for (const [method, route] of at.routes) if (!routes.has(method)) routes.set(method, route)
      for (const [i, name] of names) params[name] = parts[i]!
    }
    return { routes, params }
  }

  /** Why there is nothing at `path`, with what there is. */
  explain (path: string): string {
    const parts = path === '' ? [''] : split(path)
    for (let length = parts.length - 1; length >= 0; length--) {
      const parents = this.#walk(parts.slice(0, length))
      if (parents.length === 0) continue
      const parent = ['/v1', ...parts.slice(0, length)].join('/')
      const choices = new Set(parents.flatMap(({ at }) => [...at.children.keys()]))
      const words = [...choices].map(choice => isParam(choice) ? `<${choice.slice(1)}>` : choice)
      return choices.size === 0
        ? `nothing is below ${parent}`
        : `${parent} has no '${parts[length]}'; there are: ${describeChoices(words)}`
    }
    return `there is nothing at ${path}`
  }

  #walk (parts: readonly string[]): { at: Node, names: readonly (readonly [number, string])[] }[] {
    let found: { at: Node, names: readonly (readonly [number, string])[] }[] = [{ at: this.#root, names: [] }]
    for (const [i, part] of parts.entries()) {
      found = found.flatMap(({ at, names }) => [...at.children].flatMap(([word, child]) => {
        if (isParam(word)) return part === '' ? [] : [{ at: child, names: [...names, [i, word.slice(1)] as const] }]
        return word === part ? [{ at: child, names }] : []
      }))
      // Words before parameters, as routers order them.
      found.sort((a, b) => a.names.length - b.names.length)
    }
    return found
  }
}

const split = (path: string): string[] => path.split('/').slice(1).map(part => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
})
