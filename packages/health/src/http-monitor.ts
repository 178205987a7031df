import { describeValue, endpointText, lookUp, type Monitor as MonitorConfig } from '@weirlb/model'
import { HttpProbe, type DialTarget, type ProbeResponse, wheel, WheelTimer } from '@weirlb/link'
import type { MonitorEvents, MonitorMeans } from './monitor.ts'
import { PacedMonitor } from './paced-monitor.ts'

type Config = Extract<MonitorConfig, { type: 'http' | 'https' }>

/** How much of a body is searched. */
const MAX_BODY = 1024 * 1024
const USER_AGENT = 'weir-monitor'

const isRedirect = (status: number): boolean =>
  status >= 301 && status <= 308 && status !== 304 && status !== 305 && status !== 306

/** Returns true if a status is one of the expected: `204`, `2xx`, `200-299`. */
const isExpected = (status: number, expected: readonly string[]): boolean => expected.some(text => {
  if (text.endsWith('xx')) return Math.floor(status / 100) === Number(text[0])
  const [from, to = from] = text.split('-').map(Number)
  return status >= from! && status <= to!
})

/** One probe: a request, and those that its redirects lead to. */
class HttpCheck extends WheelTimer {
  readonly #config: Config
  readonly #origin: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #probe: HttpProbe
  readonly #done: (failure: string | undefined, what: string) => void
  readonly #faulted: (error: unknown) => void
  readonly #timeoutMs: number
  readonly #paths: string[] = []
  #over = false

  /** Begin; `done` is called once, or `faulted` with a fault of Weir. */
  constructor (
    config: Config,
    target: DialTarget,
    { transport }: MonitorMeans,
    done: (failure: string | undefined, what: string) => void,
    faulted: (error: unknown) => void
  ) {
    super()
    this.#config = config
    this.#done = done
    this.#faulted = faulted
    this.#timeoutMs = target.timeoutMs
    const given = new Map(Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value]))
    const host = given.get('host') ?? lookUp(config as { readonly serverName?: string }, 'serverName') ??
      endpointText(target.address, target.port)
    this.#headers = Object.fromEntries([['user-agent', USER_AGENT], ['accept', '*/*'], ...given, ['host', host]])
    this.#origin = `${config.type}://${host}`
    this.#probe = new HttpProbe(transport, target)
    wheel.arm(this, target.timeoutMs)
    this.#request(config.path)
  }

  cancel (): void {
    if (this.#over) return
    this.#over = true
    wheel.cancel(this)
    this.#probe.close()
  }

  override onTimeout (): void { this.#end(`no whole response within ${this.#timeoutMs / 1000} s`) }
  override onFault (error: unknown): void {
    this.cancel()
    this.#faulted(error)
  }


  #request (path: string): void {
    const { method, expectedBody } = this.#config
    this.#paths.push(path)
    this.#probe.request({ method, path, headers: this.#headers, maxBodyBytes: expectedBody === '' ? 0 : MAX_BODY }, result => {
      if (this.#over) return
      try {
        if (result instanceof Error) this.#end(result.message)
        else this.#answered(result)
      } catch (error) {
        this.onFault(error)
      }
    })
  }

  #answered (response: ProbeResponse): void {
    const { redirects, expectedCodes } = this.#config
    const { status, location } = response
    if (isRedirect(status) && location !== undefined && this.#paths.length <= redirects) {
      this.#follow(location)
      return
    }
    const what = `${this.#config.method} ${this.#paths.at(-1)!} got status ${status}`
    if (!isExpected(status, expectedCodes)) this.#end(`${what}; expected ${expectedCodes.join(', ')}`)
    else this.#end(this.#bodyFault(response), what)
  }

  #bodyFault ({ body, cut }: ProbeResponse): string | undefined {
    const { expectedBody } = this.#config
    if (expectedBody === '' || body.toString().toLowerCase().includes(expectedBody.toLowerCase())) return undefined
    return `the ${cut ? `first ${MAX_BODY} bytes of the body have` : 'body has'} no ${describeValue(expectedBody)}`
  }

  #follow (location: string): void {
    const before = this.#paths.at(-1)!
    const next = URL.parse(location, `${this.#origin}${before}`)
    const here = URL.parse(this.#origin)
    if (next === null || here === null)
      return this.#end(`${before} redirects to ${describeValue(location)}, which is no URL`)
    if (next.protocol !== here.protocol || next.host !== here.host)
      return this.#end(`${before} redirects to ${describeValue(location)}, which is another server`)
    const path = `${next.pathname}${next.search}`
    if (this.#paths.includes(path))
      return this.#end(`redirects in a circle: ${[...this.#paths, path].map(each => each.slice(0, 100)).join(' → ')}`)
    this.#request(path)
  }

  #end (failure: string | undefined, what = ''): void {
    if (this.#over) return
    this.cancel()
    this.#done(failure, what)
  }
}

/** Sends HTTP requests to a server, and judges status and body. */
export class HttpMonitor extends PacedMonitor {
  readonly #config: Config
  readonly #target: DialTarget
  readonly #means: MonitorMeans
  #check: HttpCheck | undefined

  constructor (config: Config, target: DialTarget, means: MonitorMeans, events: MonitorEvents) {
    super(config, means, events)
    this.#config = config
    this.#target = target
    this.#means = means
  }

  protected override begin (): void {
    this.#check = new HttpCheck(this.#config, this.#target, this.#means, (failure, what) => {
      if (failure === undefined) this.succeeded(what)
      else this.failed(failure)
    }, error => { this.faulted(error) })
  }

  protected override cancel (): void { this.#check?.cancel() }
}
