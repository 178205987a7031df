import { api, adminPlugin, type AdminOptions, type Operation } from '@weirlb/admin'
import { WeirClient } from '@weirlb/admin/client'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'

export interface Reply {
  readonly status: number
  readonly headers: LightMyRequestResponse['headers']
  readonly text: string
  /** The parsed body; undefined when there is none. */
  // eslint-disable-next-line typescript/no-explicit-any
  readonly body: any
}

export interface Sent {
  readonly body?: unknown
  /** A body as it goes over the wire. */
  readonly raw?: string | Buffer
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** Components are the same for every place, and costly to compile: one validator serves them all. */
let validator: Ajv2020 | undefined
const validatorOf = (document: object): Ajv2020 =>
  validator ??= new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api')

const LINES = 'application/x-ndjson'

/** The parsed body, of lines the list of their values; undefined when there is none. */
const bodyOf = (response: LightMyRequestResponse): unknown => {
  if (response.headers['content-type'] === LINES)
    return response.payload.split('\n').filter(Boolean).map(line => JSON.parse(line) as unknown)
  return response.payload === '' ? undefined : response.json()
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/**
 * Sends requests as they stand, also those that the typed client cannot make, and holds every answer against the
 * OpenAPI document: its status, its media type and its schema. `client` is the typed client, whose answers are held
 * against it too.
 */
export class ApiClient {
  readonly app: FastifyInstance
  readonly #prefix: string
  readonly #document
  readonly #ajv: Ajv2020
  readonly client: WeirClient

  private constructor (app: FastifyInstance, prefix: string, token: string | undefined) {
    this.app = app
    this.client = new WeirClient({ url: prefix, token, fetch: this.#fetch })
    this.#prefix = prefix
    this.#document = api({ base: prefix, token: token !== undefined }).document
    this.#ajv = validatorOf(this.#document)
  }

  static async over (
    options: AdminOptions,
    { prefix = '', app = Fastify() }: { prefix?: string, app?: FastifyInstance } = {}
  ): Promise<ApiClient> {
    await app.register(adminPlugin, { ...options, prefix })
    await app.ready()
    return new ApiClient(app, prefix, typeof options.token === 'function' ? options.token() : options.token)
  }

  async call (method: Method, path: string, { body, raw, headers }: Sent = {}): Promise<Reply> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const sent: Record<string, string | undefined> = {
      ...payload === undefined ? {} : { 'content-type': 'application/json' },
      ...headers
    }
    for (const [name, value] of Object.entries(sent)) if (value === undefined) delete sent[name]
    const response = await this.app.inject({
      method,
      url: `${this.#prefix}${path}`,
      headers: sent as Record<string, string>,
      ...payload === undefined ? {} : { payload }
    })
    const reply = {
      status: response.statusCode,
      headers: response.headers,
      text: response.payload,
      body: bodyOf(response)
    }
    this.#check(method, path, reply)
    return reply
  }

  readonly #fetch: typeof fetch = async (url, { method, headers, body } = {}) => {
    const { status, text, headers: answered } = await this.call(
      method as Method,
      (url as string).slice(this.#prefix.length),
      { raw: body as string, headers: headers as Record<string, string> }
    )
    return new Response(status === 204 ? null : text, {
      status,
      headers: Object.entries(answered).map(([name, value]) => [name, String(value)] as [string, string])
    })
  }

  #check (method: Method, path: string, { status, headers, body }: Reply): void {
    const what = `${method} ${path}: ${status}`
    const operation = this.#operation(method, path)
    const problem = status >= 400
    // Paths and methods that do not exist are in no document, but their answers are problems too.
    const documented = operation?.responses[status]
    if (operation !== undefined && documented === undefined)
      throw new Error(`${what} is not documented; there are: ${Object.keys(operation.responses).join(', ')}`)
    if (operation === undefined && !problem) throw new Error(`${what} answered by a route that is not documented`)
    if (body === undefined) {
      if (documented?.content !== undefined && method !== 'HEAD') throw new Error(`${what} has no body`)
      return
    }
    const mediaType = String(headers['content-type']).split(';')[0]!
    if (!problem && mediaType === LINES) {
      const line = documented!.content![LINES]!.schema as { $ref: string }
      for (const value of body as unknown[]) this.#validate(line.$ref, value, what)
      return
    }
    const expected = problem ? 'application/problem+json' : 'application/json'
    if (mediaType !== expected) throw new Error(`${what} has content type ${mediaType}, not ${expected}`)
    const schema = documented?.content?.[mediaType]?.schema as { $ref: string } | undefined
    this.#validate(schema?.$ref ?? '#/components/schemas/Problem', body, what)
  }

  #validate (ref: string, body: unknown, what: string): void {
    const validate: ValidateFunction = this.#ajv.getSchema(`api${ref}`) ?? this.#ajv.compile({ $ref: `api${ref}` })
    if (!validate(body)) throw new Error(`${what} does not match ${ref}: ${this.#ajv.errorsText(validate.errors)}`)
  }

  #operation (method: Method, path: string): Operation | undefined {
    const parts = path.split('?')[0]!.split('/')
    const operations = Object.entries(this.#document.paths).filter(([template]) => {
      const words = template.split('/')
      return words.length === parts.length && words.every((word, i) => word === parts[i] || word.startsWith('{'))
    })
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
    return operations.map(([, operations]) => operations[verb]).find(operation => operation !== undefined)
  }
}
