import { errorCodes } from '@weirlb/model'
import { page, table } from './markdown.ts'

/** docs/reference/errors.md */
export const errorsPage = (): string => page('Errors', [
  'Every error has a code from this table. The REST API returns it as `application/problem+json` (RFC 9457) with the HTTP status of the table; the library throws it as a `WeirError`. ' +
  'Programs should evaluate `code` and `retry`; `detail` and `issues` are for people.',
  '```json\n' + JSON.stringify({
    type: '/v1/errors/reference-unknown',
    title: errorCodes['reference-unknown'].doc,
    status: 422,
    detail: "userProtocols[0].extension: no extension 'mqqt'; there are: mqtt",
    code: 'reference-unknown',
    source: 'config',
    retry: false,
    issues: [{ path: 'userProtocols[0].extension', message: "no extension 'mqqt'; there are: mqtt" }]
  }, null, 2) + '\n```',
  table(['Field', 'Meaning'], [
    ['`type`', 'Path on the same API with an explanation of the code.'],
    ['`title`', 'Meaning of the code, as in the table below.'],
    ['`status`', 'HTTP status of the response.'],
    ['`detail`', 'The specific fault: the field, the value and the choices.'],
    ['`code`', 'The code.'],
    ['`source`', 'Origin of the fault: `client` (the request), `config` (its contents), `extension` (its code), `server`, or `internal` (Weir or its machine).'],
    ['`retry`', 'True if the same request may succeed later without a change.'],
    ['`issues`', 'Each fault, with its path in the document.']
  ]),
  table(['Code', 'Status', 'Source', 'Meaning'], Object.entries(errorCodes).map(([code, { status, source, doc }]) => [`\`${code}\``, String(status), source, doc]))
])
