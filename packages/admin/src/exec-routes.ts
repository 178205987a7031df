import { checkDifference } from './access/scopes.ts'
import { bodyErrors, wholeConfigErrors } from './collection-routes.ts'
import { checkCommands, commandsText, type RoleOf } from './exec-permissions.ts'
import { completionQuery, execInput } from './exec-schemas.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

/** More are no help to anybody; who types on sees fewer. */
const MAX_COMPLETIONS = 200

/** NetScaler's command language. */
export const execRoutes = (roleOf: RoleOf): Route[] => [
  route({
    method: 'POST',
    path: '/exec',
    operationId: 'execCommands',
    role: 'read',
    tag: 'Commands',
    summary: 'Run commands of NetScaler\'s language',
    description: 'All changes of the commands are applied as one revision, or none. Commands that show something, or act on what runs, follow when the changes are applied. ' +
      'Each command needs the role of the request that does the same. ' +
      'An issue of a problem has the line and the column of its command. Where one of the latter fails after something was changed, an issue with the path `applied` says what. `If-Match` concerns the whole configuration.',
    body: { schema: 'ExecInput', mediaTypes: ['application/json'] },
    ifMatch: true,
    answers: { 200: { doc: 'The commands were run.', schema: 'ExecDone', etag: true } },
    errors: [...bodyErrors, ...wholeConfigErrors, 'command-invalid', 'not-found', 'in-use', 'precondition-failed'],
    write: { action: 'exec' },
    scope: 'itself',
    handle: async ({ weir, body, ifMatch, principal, audit, note }) => {
      // With the first commands: many a Weir never runs one, and the language is a tenth of what a start loads.
      const { exec } = await import('@weirlb/netscaler')
      const { etag, ...done } = await exec(weir, {
        ...parseBody(execInput, body),
        ifMatch,
        permit: commands => {
          note.reads = commands.every(({ reads }) => reads)
          note.detail = commandsText(commands)
          checkCommands(principal, commands, roleOf)
        },
        permitChange: (before, after) => { checkDifference(principal, before, after) },
        audit: limit => audit.query({ limit }).items
      })
      return { status: 200, body: done, etag: etag ?? weir.config.get().etag }
    }
  }),
  route({
    method: 'GET',
    path: '/exec/completions',
    operationId: 'completeCommand',
    role: 'read',
    tag: 'Commands',
    summary: 'Complete a command of NetScaler\'s language',
    description: 'Verbs, objects, options, keywords, and names of entities that could stand at the end of a line, as `weir shell` offers them.',
    query: completionQuery,
    answers: { 200: { doc: 'What could stand there.', schema: 'Completions' } },
    handle: async ({ weir, query: { line } }) => {
      const { complete, grammar } = await import('@weirlb/netscaler')
      const { value } = weir.config.get()
      const { candidates, replaced } = await complete(
        grammar,
        line,
        collection => value[collection].map(({ name }) => name),
        ['help']
      )
      return { status: 200, body: { candidates: candidates.slice(0, MAX_COMPLETIONS), replaced } }
    }
  })
]
