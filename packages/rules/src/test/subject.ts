import { checkExpression } from '../language/check.ts'
import { faultText } from '../language/fault.ts'
import { type FieldTypes, type NamedLists, noLists, type RuleValue } from '../language/types.ts'
import { compileTest, type Test } from '../evaluate/compile.ts'

/** Values of fields by name, as tests have them. */
export type Subject = Readonly<Record<string, RuleValue | undefined>>

export const fieldTypes: FieldTypes = new Map([
  ['s', 'string'],
  ['t', 'string'],
  ['n', 'int'],
  ['m', 'int'],
  ['b', 'bool'],
  ['c', 'bool'],
  ['ip.src', 'ip'],
  ['list', 'strings'],
  ['headers', 'headers'],
  ['http.host', 'string'],
  ['http.request.uri', 'string'],
  ['http.request.uri.path', 'string'],
  ['http.request.uri.query', 'string'],
  ['http.request.method', 'string'],
  ['http.user_agent', 'string'],
  ['http.referer', 'string'],
  ['http.cookie', 'string'],
  ['http.x_forwarded_for', 'string'],
  ['http.request.headers', 'headers'],
  ['ssl', 'bool'],
  ['cf.threat_score', 'int'],
  ['ip.src.country', 'string'],
  ['ip.geoip.country', 'string'],
  ['ip.geoip.asnum', 'int'],
  ['cf.edge.server_port', 'int'],
  ['mqtt.type', 'string'],
  ['mqtt.publish.topic', 'string'],
  ['mqtt.subscribe.topic', 'strings']
])

/** Compiles an expression over values by name; throws what is wrong with it. */
export const compiled = (text: string, lists: NamedLists = noLists): Test<Subject> => {
  const checked = checkExpression(text, fieldTypes, lists)
  if (!checked.ok) throw new Error(faultText(checked.faults[0]!))
  return compileTest(checked.value.test, name => subject => subject[name])
}
