import type { ManagedGroup, ManagedRule } from './group.ts'

const category = (id: string, text: string): ManagedRule => ({
  id,
  text,
  source: `OWASP Core Rule Set, rules ${id}xxx`,
  shipped: 'block',
  expression: undefined
})

/**
 * The OWASP Core Rule Set by its categories. Its rules give points, and the sum decides: so a category is looked at or
 * left out, and the mode of the group says what the sum does.
 */
export const owaspCrs: ManagedGroup = {
  text: 'The OWASP Core Rule Set on HTTP requests and upgrades to WebSocket.',
  challenges: true,
  rules: [
    category('905', 'Common exceptions.'),
    category('911', 'Methods that are not allowed.'),
    category('913', 'Scanners.'),
    category('920', 'Requests that HTTP does not have.'),
    category('921', 'Attacks on HTTP, as request smuggling.'),
    category('922', 'Attacks on multipart bodies.'),
    category('930', 'Path traversal, and access to files of the system.'),
    category('931', 'Inclusion of remote files.'),
    category('932', 'Execution of commands.'),
    category('933', 'Injection of PHP.'),
    category('934', 'Injection of JavaScript for Node, and of other languages.'),
    category('941', 'Cross-site scripting.'),
    category('942', 'SQL injection.'),
    category('943', 'Session fixation.'),
    category('944', 'Attacks on Java.'),
    {
      id: '949',
      text: 'The sum of the points: what is decided on a request is reported as this.',
      source: 'OWASP Core Rule Set, rule 949110',
      shipped: 'block',
      expression: undefined,
      fixed: true
    },
    {
      id: '000',
      text: 'A request that could not be inspected. `onFailure` says what becomes of it.',
      source: 'Weir',
      shipped: 'block',
      expression: undefined,
      fixed: true
    }
  ]
}
