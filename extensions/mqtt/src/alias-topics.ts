import type { PublishHead } from './packet/publish.ts'
import type { Session } from './session.ts'

/**
 * Topic aliases of one client whose topics are kept, and the longest of these, in bytes: more would be a way to take
 * memory.
 */
export const MAX_ALIASES = 256
export const LONGEST_ALIASED = 1024

/**
 * Keep what the alias of a PUBLISH stands for from now on, whether or not there are rules yet: they may come later.
 * What is not kept is unknown, and never what it was before. Returns false if it is not kept.
 */
export const keepAliasTopic = (
  { topicAlias, topicFrom, topicTo, aliasUnseen }: PublishHead,
  topic: string,
  state: Session
): boolean => {
  if (aliasUnseen) {
    // It may be any of them.
    state.aliasTopics = undefined
    return false
  }
  if (topicAlias === 0) return true
  const aliases = state.aliasTopics ??= new Map<number, string>()
  if (topicTo - topicFrom > LONGEST_ALIASED || (aliases.size === MAX_ALIASES && !aliases.has(topicAlias))) {
    aliases.delete(topicAlias)
    return false
  }
  aliases.set(topicAlias, topic)
  return true
}
