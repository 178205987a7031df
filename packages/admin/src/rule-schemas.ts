import { managedGroupNames, managedModes, ruleActions, rulePhases } from '@weirlb/model'
import { z } from 'zod'

const phase = z.enum(rulePhases)

export const expressionInput = z.strictObject({
  expression: z.string().max(65_536).describe(
    'Expression in the rule language. One of more than 4,096 characters is invalid.'
  )
}).describe('An expression to validate.')

export const validatedExpression = z.object({
  valid: z.boolean(),
  phase: phase.optional().describe('The first phase that has all of its fields; omitted for an invalid one.'),
  fields: z.array(z.string()).describe('Fields that it reads.'),
  userVservers: z.array(z.string()).describe('User vservers that have them.'),
  faults: z.array(z.object({
    message: z.string(),
    line: z.int().min(1),
    column: z.int().min(1),
    offset: z.int().min(0).describe('Position in the expression, in characters.'),
    expected: z.array(z.string()).describe('What could stand there.')
  })).describe('What is wrong with it; empty for a valid one.')
}).describe('What an expression is.')

const value = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.string()),
  z.record(z.string(), z.union([z.string(), z.array(z.string())]))
])

export const ruleTestInput = z.strictObject({
  userVserver: z.string().min(1).describe('User vserver whose rules are tried.'),
  fields: z.record(z.string(), value).default({}).describe('Values by field: texts, numbers, true or false, lists of texts, and headers by name. Addresses are texts. Other fields are missing.'),
  phase: phase.optional().describe('The phase whose rules are tried. Default: all but `reply`, one after the other.')
}).describe('A client, a request or a message to try rules on.')

export const lookedRule = z.object({
  rule: z.string(),
  phase,
  action: z.enum(ruleActions),
  simulated: z.boolean().describe('It has no effect.'),
  applies: z.boolean().describe('Its expression is true.'),
  ends: z.boolean().describe('No further rule of the phase is looked at.')
})

export const ruleTest = z.object({
  decision: z.enum(['pass', 'challenge', 'block']),
  rule: z.string().optional().describe('The rule that blocks or challenges.'),
  looked: z.array(lookedRule).describe('Rules that were looked at, in order.')
}).describe('What rules decide.')

const shippedCheck = {
  id: z.string().describe('Identifier within the group.'),
  text: z.string().describe('What it finds.'),
  source: z.string().describe('Clause of a specification, CVE or other source.')
}

export const managedGroupsAnswer = z.object({
  items: z.array(z.object({
    group: z.enum(managedGroupNames),
    text: z.string(),
    checks: z.array(z.object({
      ...shippedCheck,
      shipped: z.enum(['block', 'simulate']).describe('Its mode where that is `default`.'),
      expression: z.string().optional().describe(
        'Its condition in the rule language. Left out where it comes from an option of the managed check.'
      ),
      fixed: z.boolean().describe('Weir refuses it in every mode, because it could not be forwarded safely.')
    }))
  }))
}).describe('Groups of managed checks.')

/** A check of a managed check's status. */
const statusCheck = z.object({
  ...shippedCheck,
  mode: z.enum(managedModes).exclude(['default', 'on']).describe('What it does.'),
  matched: z.int().min(0).describe('What it has found.'),
  blocked: z.int().min(0).describe('What it has blocked.')
})

const inspector = z.object({
  worker: z.int(),
  state: z.enum(['starting', 'up', 'absent', 'restarting']).describe(
    '`starting`: it loads the rules, and requests wait for it. `absent`: it cannot inspect, and is tried again every 30 seconds. `restarting`: it has ended, and inspects again once it is `up`.'
  ),
  reason: z.string().optional().describe('Why it is absent, or has ended.'),
  since: z.string().describe('Since when it is so (ISO 8601).'),
  restarts: z.int().min(0).describe('How often it has ended by itself since its worker started.'),
  lastEnd: z.object({ at: z.string().describe('When (ISO 8601).'), reason: z.string() }).optional().describe(
    'The last of these ends.'
  )
})

/** What the status of a managed check has beside that of other entities. */
export const managedStatus = {
  checks: z.array(statusCheck).optional().describe('Managed checks: the checks of the group.'),
  inspectors: z.array(inspector).optional().describe(
    'Managed checks of the group `owasp-crs`: the process of each worker that inspects requests.'
  )
}
