import { accessFields } from '@weirlb/core'
import { page, table } from './markdown.ts'

/** docs/reference/access-log.md */
export const accessLogPage = (): string => page('Access log', [
  '`weir serve --access-log FILE` appends a line to the file for each connection and each HTTP request at its end. The guide to operating describes rotation, limits and personal data.',
  '`--access-log-format json`, the default, writes every field that applies. In a template, `{name}` stands for a field, `{fields.NAME}` for one that the extension publishes, and `{{` and `}}` for braces: `{time} {client} {service} "{session}" {reason}`.',
  'In a template, a field that does not apply is `-`. Quotes, backslashes and control characters of a value are escaped: `\\"`, `\\\\`, `\\u000a`.',
  table(['Field', 'Meaning'], Object.entries(accessFields).map(([name, { doc }]) => [`\`${name}\``, doc])),
  'JSON has the published fields in `fields`; `address` and `port` are for templates. A published field with a name such as `token` or `password` is shown as `[hidden]`; secret ones are never kept.'
])
