import type { Config } from './config.ts'
import type { Finding } from './finding.ts'

/** Actions of rules have what they need, and nothing that is another's. */
export function * ruleActionParts (config: Pick<Config, 'rules'>): Generator<Finding> {
  for (const [i, { action, phase, messagesPerSecond, banSeconds }] of config.rules.entries()) {
    const fault = (path: string, message: string): Finding => ({
      code: 'config-invalid',
      path: `rules[${i}].${path}`,
      message
    })
    if (action === 'throttle' && messagesPerSecond === undefined)
      yield fault('messagesPerSecond', 'throttle needs it: how many messages may pass in a second')
    if (action !== 'throttle' && messagesPerSecond !== undefined)
      yield fault('messagesPerSecond', `is of throttle; the action is ${action}`)
    if (action === 'throttle' && phase !== undefined && phase !== 'message')
      yield fault('phase', `throttle reads messages more slowly: expected message, got ${phase}`)
    if (action === 'ban' && banSeconds === undefined) yield fault('banSeconds', 'ban needs it: how long the ban lasts')
    if (action !== 'ban' && banSeconds !== undefined) yield fault('banSeconds', `is of ban; the action is ${action}`)
  }
}
