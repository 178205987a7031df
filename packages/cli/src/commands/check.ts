import { createWeir, MemoryStorage, type ConfigPlan, type PlannedChange } from '@weirlb/core'
import { collections, WeirError } from '@weirlb/model'
import { readConfigDocument, type ConfigDocument } from '../document/config-document.ts'
import { DocumentFault, faultText } from '../document/document-fault.ts'
import { apiOf, ask } from '../extension/rest.ts'
import { UsageError } from '../usage-error.ts'
import { parseCheckOptions } from './check-options.ts'

/** What `weir check` prints with `--json`. */
interface Checked {
  readonly file: string
  readonly ok: boolean
  /** Address of the Weir that was asked; absent if none runs. */
  readonly api?: string | undefined
  readonly revision?: number | undefined
  readonly changes?: ConfigPlan['changes'] | undefined
  readonly code?: string | undefined
  readonly issues?: DocumentFault['issues'] | undefined
}

/**
 * `weir check FILE`: checks a configuration file. Where a Weir runs, prints what would start, change, drain and stop
 * there; else only whether it is valid. Prints every fault with its line and column, and exits with 1.
 */
export const check = async (args: readonly string[]): Promise<void> => {
  const { file, api, json, alone } = parseCheckOptions(args)
  if (file === undefined) throw new UsageError('weir check needs the FILE of a configuration')
  const url = apiOf(api)
  try {
    const document = await readConfigDocument(file)
    const named = api ?? process.env['WEIR_API'] ?? ''
    const plan = await placed(
      document,
      async () => alone ? await checkAlone(document.config) : await planOf(document, url, named !== '')
    )
    const done: Checked = plan === undefined
      ? { file, ok: true }
      : { file, ok: true, api: url, revision: plan.revision, changes: plan.changes }
    process.stdout.write(json ? jsonText(done) : validText(done))
  } catch (error) {
    if (!(error instanceof DocumentFault)) throw error
    if (json) process.stdout.write(jsonText({ file, ok: false, code: error.code, issues: error.issues }))
    else process.stderr.write(faultsText(error))
    process.exitCode = 1
  }
}

const jsonText = (value: Checked): string => `${JSON.stringify(value, null, 2)}\n`

/** Reject with the places of what a check refuses. */
const placed = async <T>(document: ConfigDocument, run: () => Promise<T>): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    throw error instanceof WeirError && error.code !== 'worker-unavailable' && error.code !== 'unauthorized' &&
        error.code !== 'forbidden'
      ? await document.placed(error)
      : error
  }
}

/** Ask the running Weir; undefined if there is none, and the file is valid by itself. `must`: there has to be one. */
const planOf = async ({ config }: ConfigDocument, url: string, must: boolean): Promise<ConfigPlan | undefined> => {
  try {
    return (await ask(url, 'checkConfig', { body: config as never })).body as ConfigPlan
  } catch (error) {
    if (must || !(error instanceof WeirError) || error.code !== 'worker-unavailable') throw error
    return await checkAlone(config)
  }
}

/** Check it as a Weir would that begins with it: extensions are loaded in a worker. */
const checkAlone = async (config: ConfigDocument['config']): Promise<undefined> => {
  const weir = createWeir({ log: { level: 'silent' }, storage: new MemoryStorage() })
  await weir.start()
  try { await weir.config.check(config) } finally { await weir.stop({ graceMs: 0 }) }
}

/** All faults, one a line. One without a place is a line, too. */
const faultsText = ({ message, issues, code }: DocumentFault): string =>
  issues.length === 0 ? `${message} [${code}]\n` : issues.map(issue => `${faultText(issue)}\n`).join('')

const order = ['stop', 'drain', 'change', 'start'] as const satisfies readonly PlannedChange['action'][]

const validText = ({ file, api, revision, changes }: Checked): string => {
  if (changes === undefined) return `${file} is valid. It was compared with no running Weir\n`
  const where = `revision ${revision} of ${api}`
  if (changes.length === 0) return `${file} is valid, and is what runs: ${where}\n`
  const rows = order.flatMap(action => changes.filter(change => change.action === action))
  const names = rows.map(({ collection, name }) => `${collections[collection].noun} '${name}'`)
  const width = Math.max(...names.map(name => name.length))
  return `${file} is valid. Compared with ${where} it would:\n${
    rows.map((change, i) =>
      `  ${change.action.padEnd(6)}  ${`${names[i]!.padEnd(width)}  ${remark(change)}`.trimEnd()}\n`
    ).join('')
  }`
}

const remark = ({ action, fields, connections }: PlannedChange): string => {
  const clients = connections === undefined
    ? ''
    : `${connections} ${connections === 1 ? 'connection' : 'connections'} ${
      action === 'drain' ? 'may stay' : connections === 1 ? 'ends' : 'end'
    }`
  return [clients, fields === undefined || action !== 'change' ? '' : fields.join(', ')].filter(text => text !== '')
    .join('; ')
}
