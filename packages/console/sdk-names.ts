import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ID = 'virtual:sdk-names'
const sdk = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../sdk/src/${file}`, import.meta.url)), 'utf8')

interface SdkName {
  readonly name: string
  readonly kind: 'function' | 'constant' | 'class' | 'type'
  readonly doc: string
}

const kinds = { const: 'constant', function: 'function', class: 'class', interface: 'type', type: 'type' } as const

/** Returns the first sentence of a doc comment. */
const sentenceOf = (comment: string): string =>
  /^.*?(?:\.(?=\s|$)|$)/.exec(comment.replace(/^\s*\*\s?/gm, '').replace(/\s+/g, ' ').trim())![0]

/** A doc comment, and what it is about. */
const DOCUMENTED =
  /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export (?:declare )?(const|function|class|interface|type) (\w+)([^\n]*)/g
const MEMBER = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*(?:readonly )?(\w+) ?([(:<])/g

/** What `index.ts` exports, in its order, with the documentation of the file that it comes from. */
const exported = (): readonly SdkName[] =>
  [...sdk('index.ts').matchAll(/export (type )?\{([^}]+)\} from '\.\/([\w-]+\.ts)'/g)].flatMap(([, , list, file]) => {
    const documented = new Map([...sdk(file!).matchAll(DOCUMENTED)].map(([, comment, kind, name, rest]) => [
      name!,
      {
        kind: kind === 'const' && /=>|\(/.test(rest!) ? 'function' : kinds[kind as keyof typeof kinds],
        doc: sentenceOf(comment!)
      } as const
    ]))
    return list!.split(',').map(name => name.replace(/\btype\b/, '').trim()).map(
      name => ({ name, kind: 'type', doc: '', ...documented.get(name) } as const)
    )
  })

const context = (): readonly SdkName[] => {
  const body = /export interface Context<[^]*?\n}\n/.exec(sdk('context.ts'))![0]
  return [...body.slice(body.indexOf('{')).matchAll(MEMBER)].map(([, comment, name, mark]) => ({
    name: name!,
    kind: mark === ':' ? 'constant' : 'function',
    doc: sentenceOf(comment!)
  }))
}

/** Vite's plugin that gives the page the names of the SDK, for completion, without its code. */
export const sdkNames = {
  name: 'sdk-names',
  resolveId: (id: string): string | undefined => id === ID ? `\0${ID}` : undefined,
  load: (id: string): string | undefined =>
    id === `\0${ID}`
      ? `export const sdkNames = ${JSON.stringify(exported())}\nexport const contextNames = ${
        JSON.stringify(context())
      }\n`
      : undefined
}
