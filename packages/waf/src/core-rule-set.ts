import type { Installation } from './installation.ts'
import type { Inspection, InspectedRequest, InspectionSettings, MetRule } from './inspected-request.ts'
import { type LibModSecurity, loadLibModSecurity } from './libmodsecurity.ts'

type Pointer = ReturnType<LibModSecurity['createRules']>

/** What the Core Rule Set expects of its engine (modsecurity.conf-recommended). */
const engine = `
SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimitAction ProcessPartial
SecResponseBodyAccess Off
SecAuditEngine Off
SecRule REQUEST_HEADERS:Content-Type "(?:application(?:/soap\\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "^application/[a-z0-9.-]+[+]json" "id:200006,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
`

/** Where the rules come without a set-up of the operator. */
const setup = `
SecDefaultAction "phase:1,log,noauditlog,pass"
SecDefaultAction "phase:2,log,noauditlog,pass"
SecAction "id:900990,phase:1,nolog,pass,t:none,setvar:tx.crs_setup_version=334"
`

const level = ({ paranoia, threshold }: InspectionSettings): string =>
  `SecAction "id:900001,phase:1,nolog,pass,t:none,setvar:tx.paranoia_level=${paranoia},setvar:tx.blocking_paranoia_level=${paranoia},setvar:tx.executing_paranoia_level=${paranoia},setvar:tx.detection_paranoia_level=${paranoia},setvar:tx.inbound_anomaly_score_threshold=${threshold}"`

/** Rules that make counters of each address, without a bound. */
const unbounded = ['901318', '901321']

const removal = (what: string): string => `SecRuleRemoveById ${what.length === 3 ? `${what}000-${what}999` : what}`

/** Points of each severity, as the rules count them. */
const points: Readonly<Record<string, number>> = { 2: 5, 3: 4, 4: 3, 5: 2 }

/** Rules that count the others: they are no finding. */
const COUNTING = /^9(?:49|59|80)/

const field = (message: string, name: string): string | undefined =>
  new RegExp(`\\[${name} "((?:[^"\\\\]|\\\\.)*)"\\]`).exec(message)?.[1]

/** The Core Rule Set in libmodsecurity, in this process. */
export class CoreRuleSet {
  readonly #library: LibModSecurity
  readonly #handle: Pointer
  readonly #installation: Installation
  /** By their settings. */
  readonly #sets = new Map<string, Pointer>()
  /** Of the transaction that runs. */
  #logged: string[] = []

  /** Throws where the library cannot be loaded. */
  constructor (installation: Installation) {
    this.#installation = installation
    this.#library = loadLibModSecurity(installation.library, message => { this.#logged.push(message) })
    this.#handle = this.#library.init()
    this.#library.setConnectorInfo(this.#handle, 'Weir')
  }

  /**
   * Loads the rules with each of these settings, and drops those with others. Throws an Error for a fault of theirs.
   */
  use (all: readonly InspectionSettings[]): void {
    for (const settings of all) this.load(settings)
    const keys = new Set(all.map(settings => JSON.stringify(settings)))
    for (const [key, rules] of this.#sets) {
      if (keys.has(key)) continue
      this.#sets.delete(key)
      this.#library.dropRules(rules)
    }
  }

  /** Loads the rules with these settings, which takes a quarter of a second. Throws an Error for a fault of theirs. */
  load (settings: InspectionSettings): Pointer {
    const key = JSON.stringify(settings)
    const known = this.#sets.get(key)
    if (known !== undefined) return known
    const library = this.#library
    const rules = library.createRules()
    const steps: readonly (readonly [what: string, fault: () => string | undefined])[] = [
      ['the engine', () => library.addText(rules, engine)],
      [
        'the set-up',
        () =>
          this.#installation.setup === undefined
            ? library.addText(rules, setup)
            : library.addFile(rules, this.#installation.setup)
      ],
      ['the levels', () => library.addText(rules, level(settings))],
      ...this.#installation.rules.map(file => [file, () => library.addFile(rules, file)] as const),
      ...[...unbounded, ...settings.off].map(what =>
        [`rule ${what}`, () => library.addText(rules, removal(what))] as const
      )
    ]
    for (const [what, add] of steps) {
      const fault = add()
      if (fault !== undefined) throw new Error(`${what}: ${fault.split('\n')[0]}`)
    }
    this.#sets.set(key, rules)
    return rules
  }

  /** Inspects a request. */
  inspect (
    settings: InspectionSettings,
    { client, port, method, uri, version, headers, body }: InspectedRequest
  ): Inspection {
    const library = this.#library
    const transaction = library.newTransaction(this.#handle, this.load(settings))
    this.#logged = []
    try {
      library.processConnection(transaction, client.address, client.port, '127.0.0.1', port)
      library.processUri(transaction, uri, method, version)
      for (let n = 0; n < headers.length; n += 2) library.addHeader(transaction, headers[n]!, headers[n + 1]!)
      library.processHeaders(transaction)
      if (body !== undefined) library.appendBody(transaction, body)
      // Also without a body: the score is looked at in this phase.
      library.processBody(transaction)
      const refused = library.intervention(transaction) !== undefined
      return { refused, ...summary(this.#logged) }
    } finally {
      library.end(transaction)
      this.#logged = []
    }
  }
}

/**
 * The rules that logged, and the score: as it was logged, or else the sum of theirs. What they matched may be a secret,
 * and is left out.
 */
const summary = (messages: readonly string[]): Omit<Inspection, 'refused'> => {
  const rules: MetRule[] = []
  let sum = 0
  let total: number | undefined
  for (const message of messages) {
    const id = field(message, 'id') ?? ''
    const text = field(message, 'msg') ?? ''
    const score = /Total (?:Inbound )?Score: (\d+)/.exec(text)
    if (score !== null) total = Number(score[1])
    if (id === '' || COUNTING.test(id)) continue
    sum += points[field(message, 'severity') ?? ''] ?? 0
    if (rules.length < 32) rules.push({ id, text: text.slice(0, 200) })
  }
  return { score: total ?? sum, rules }
}
