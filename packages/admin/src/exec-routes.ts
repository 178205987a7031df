import { exec } from '@weirlb/netscaler'
import { bodyErrors, wholeConfigErrors } from './collection-routes.ts'
import { execInput } from './exec-schemas.ts'
import { parseBody } from './request-input.ts'
import { route, type Route } from './route.ts'

/** NetScaler's command language. */
export const execRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/exec',
    operationId: 'execCommands',
    tag: 'Commands',
    summary: 'Run commands of NetScaler\'s language',
    description: 'All changes of the commands are applied as one revision, or none. Commands that show something, or act on what runs, follow when the changes are applied. ' +
      'An issue of a problem has the line and the column of its command. Where one of the latter fails after something was changed, an issue with the path `applied` says what. `If-Match` concerns the whole configuration.',
    body: { schema: 'ExecInput', mediaTypes: ['application/json'] },
    ifMatch: true,
    answers: { 200: { doc: 'The commands were run.', schema: 'ExecDone', etag: true } },
    errors: [...bodyErrors, ...wholeConfigErrors, 'command-invalid', 'not-found', 'in-use', 'precondition-failed'],
    write: { action: 'exec' },
    handle: async ({ weir, body, ifMatch }) => {
      const { etag, ...done } = await exec(weir, { ...parseBody(execInput, body), ifMatch })
      return { status: 200, body: done, etag: etag ?? weir.config.get().etag }
    }
  })
]
