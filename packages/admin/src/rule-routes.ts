import { managedGroupNames, managedGroups, type ManagedRule } from '@weirlb/model'
import { bodyErrors } from './collection-routes.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'
import { expressionInput, ruleTestInput } from './rule-schemas.ts'

/** Rules before they are written, and what those that are would decide. */
export const ruleRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/rules/validate',
    operationId: 'validateRule',
    role: 'read',
    tag: 'Rules',
    summary: 'Validate an expression',
    description: 'Checks the expression against the fields of all user vservers and those that their extensions publish. Stores nothing. An invalid expression is a result, with the position of each fault and what was expected there.',
    body: { schema: 'ExpressionInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'What the expression is.', schema: 'ValidatedExpression' } },
    errors: [...bodyErrors],
    handle: ({ weir, body }) => ({
      status: 200,
      body: weir.rules.validate(parseBody(expressionInput, body).expression)
    })
  }),
  route({
    method: 'POST',
    path: '/rules/test',
    operationId: 'testRules',
    role: 'read',
    tag: 'Rules',
    summary: 'Test what rules decide',
    description:
      'Tries the rules of a user vserver on values of fields, in their order. Nothing is counted or reported.',
    body: { schema: 'RuleTestInput', mediaTypes: ['application/json'] },
    answers: { 200: { doc: 'The decision, and the rules that were looked at.', schema: 'RuleTest' } },
    errors: [...bodyErrors, 'not-found'],
    handle: ({ weir, body }) => ({ status: 200, body: weir.rules.test(parseBody(ruleTestInput, body)) })
  }),
  route({
    method: 'GET',
    path: '/managed-groups',
    operationId: 'listManagedGroups',
    role: 'read',
    tag: 'Managed checks',
    summary: 'List the groups of managed checks',
    description: 'Every check that Weir keeps, with its source and the mode in which it is shipped.',
    answers: { 200: { doc: 'The groups.', schema: 'ManagedGroups' } },
    errors: [],
    handle: () => ({
      status: 200,
      body: {
        items: managedGroupNames.map(group => ({
          group,
          text: managedGroups[group].text,
          checks: managedGroups[group].rules.map(shownCheck)
        }))
      }
    })
  })
]

const shownCheck = ({ id, text, source, shipped, expression, fixed }: ManagedRule): object => ({
  id,
  text,
  source,
  shipped,
  expression,
  fixed: fixed === true
})
