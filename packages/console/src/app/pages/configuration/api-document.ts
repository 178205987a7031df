import { call } from '../../api/api.ts'
import type { Resolve, Schema } from './schema.ts'

/** A collection of entities, as the API describes it. */
export interface Collection {
  /** As the configuration document has it: `lbVservers`. */
  readonly name: string
  /** `LB vservers`. */
  readonly title: string
  readonly path: string
  /** Operation that shows one of them: `getLbVserver`. */
  readonly show: string
  /** Of what is written. */
  readonly schema: Schema
}

/** What the console knows of entities: the API's own description, and no field beside it. */
export interface ApiDocument { readonly collections: readonly Collection[], readonly resolve: Resolve }

interface Operation {
  readonly operationId: string
  readonly tags?: readonly string[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | undefined>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

let loaded: Promise<ApiDocument> | undefined

/** Ask for the description of the API, once. */
export const loadApiDocument = async (): Promise<ApiDocument> => {
  loaded ??= load()
  try {
    return await loaded
  } catch (error) {
    loaded = undefined
    throw error
  }
}

const load = async (): Promise<ApiDocument> => {
  const { body } = await call('getOpenApi')
  const { paths, components: { schemas } } = body as unknown as Document
  const resolve: Resolve = schema => schema.$ref === undefined ? schema : schemas[schema.$ref.split('/').at(-1)!] ?? {}
  const inDocument = Object.keys(schemas['ConfigInput']?.properties ?? {})
  const collections = inDocument.flatMap(name => {
    const path = Object.keys(paths).find(each =>
      each.endsWith(`/${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`)
    )
    const create = path === undefined ? undefined : paths[path]!['post']
    const show = path === undefined ? undefined : paths[`${path}/{name}`]?.['get']
    if (create === undefined || show === undefined) return []
    return [{
      name,
      title: create.tags?.[0] ?? name,
      path: path!,
      show: show.operationId,
      schema: resolve(create.requestBody?.content['application/json']?.schema ?? {})
    }]
  })
  return { collections, resolve }
}
