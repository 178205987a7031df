import { WeirError, type Issue } from '@weirlb/model'
import { Event, Op, type Guest, type Runtime } from '@weirlb/sdk/abi'
import type { EngineExtension, EngineVersion } from '../engine-config.ts'
import { askGuest, toldInOneLine, type Said } from './ask-guest.ts'
import { loadGuest, loadOptions } from './load-guest.ts'

const MAX_ISSUES = 50
const MAX_TEXT = 500

/** A version of an extension, with its guest if that is not in use yet. */
interface Asked {
  readonly extension: EngineExtension
  readonly version: EngineVersion
  readonly fresh: Guest | undefined
}

/**
 * Have an extension check parameters that its declaration allows, of a vserver or of a monitor with its probe. Returns
 * the faults. A guest with connections is not
 * disturbed: another one is loaded, on a thread, and ended. Throws `extension-failed` if the call times out or
 * returns an invalid result.
 */
export const askAboutParams = async (
  runtime: Runtime,
  { extension, version, fresh }: Asked,
  params: object,
  whose: 'vserver' | 'probe' = 'vserver'
): Promise<readonly Issue[]> => {
  const what = whose === 'probe' ? 'probe.checkParams' : 'checkParams'
  const guest = fresh ??
    await loadGuest(runtime, version.bundle, { ...loadOptions(extension, version), mode: 'thread' })
  const json = Buffer.from(JSON.stringify(params))
  try {
    return issuesIn(
      what,
      extension.name,
      guest,
      await askGuest(guest, whose === 'probe' ? Event.checkProbeParams : Event.checkParams, json, json.length)
    )
  } catch (error) {
    throw error instanceof WeirError
      ? error
      : failed(what, extension.name, toldInOneLine((error as Error).message, guest))
  } finally {
    if (fresh === undefined) guest.dispose()
  }
}

const failed = (what: string, name: string, why: string): WeirError =>
  new WeirError('extension-failed', `${what} of extension '${name}' failed: ${why}`)

/** The answer comes from the sandbox, so it is not trusted. */
const issuesIn = (what: string, name: string, guest: Guest, { op, bytes, text }: Said): readonly Issue[] => {
  if (op !== Op.forward) throw failed(what, name, toldInOneLine(text, guest))
  const json = Buffer.from(bytes ?? []).toString()
  const list = parsed(json)
  if (!Array.isArray(list) || !list.every(isIssue))
    throw failed(
      what,
      name,
      `it returned ${json.slice(0, MAX_TEXT) || 'nothing'}; expected a list of { path, message }`
    )
  return list.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    path: path.slice(0, MAX_TEXT),
    message: message.slice(0, MAX_TEXT)
  }))
}

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const isIssue = (value: unknown): value is Issue => {
  const { path, message } = (value ?? {}) as Readonly<Record<string, unknown>>
  return typeof path === 'string' && typeof message === 'string'
}
