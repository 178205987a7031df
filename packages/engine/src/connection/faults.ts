import type { CloseReason } from '@weirlb/model'
import type { AnswerReader } from '../extension/answer.ts'
import { positionIn } from '../extension/position.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { Log } from '../log.ts'

/** The connection whose handler threw. */
interface Thrower {
  readonly id: string
  readonly vserver: { readonly name: string, readonly log: Log }
  readonly host: ExtensionHost
}

/**
 * Log what a handler threw, with the author's files and lines: the first of a kind at once, the others once a minute
 * with their number. Returns its first line, with the place.
 */
export const logThrow = ({ id, vserver, host }: Thrower, answer: AnswerReader): string => {
  const stack = host.mapStack(answer.text)
  const at = positionIn(stack)
  const times = host.account.thrown.count(at ?? firstLine(stack), Date.now())
  if (times > 0)
    vserver.log.error({
      userVserver: vserver.name,
      extension: host.name,
      connection: id,
      times: times === 1 ? undefined : times,
      stack
    }, 'extension threw')
  return at === undefined ? firstLine(stack) : `${firstLine(stack)} (${at})`
}

/** Log that a connection is tunnelled because its extension is unavailable. */
export const logFailOpen = ({ id, vserver, host }: Thrower, reason: CloseReason, detail: string): void => {
  vserver.log.warn(
    { userVserver: vserver.name, extension: host.name, connection: id, reason, detail },
    'connection fails open'
  )
}

/** Log what threw in Weir while it worked for a connection. Returns its message. */
export const logFault = ({ id, vserver }: Thrower, error: unknown, message: string): string => {
  const [detail, stack] = error instanceof Error ? [error.message, error.stack] : [String(error), undefined]
  vserver.log.error({ userVserver: vserver.name, connection: id, detail, stack }, message)
  return detail
}

/** The text before the first line break. */
export const firstLine = (text: string): string => {
  const end = text.indexOf('\n')
  return end < 0 ? text : text.slice(0, end)
}
