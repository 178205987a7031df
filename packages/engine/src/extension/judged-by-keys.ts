import type { AnswerReader } from './answer.ts'
import type { ExtensionHost } from './extension-host.ts'
import type { GuestClient } from './guest-client.ts'

/**
 * The declared keys have decided a message of a client, with this answer: count it, and show it to whoever looks on.
 */
export const noteJudged = (
  host: ExtensionHost,
  client: GuestClient,
  answer: AnswerReader,
  frameLength: number
): void => {
  host.account.judgedByKeys()
  host.observer?.judgedByKeys(host, client, answer, frameLength)
}
