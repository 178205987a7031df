import { describeChoices, describeValue, issuesOf, pathText, WeirError, type Issue } from '@weirlb/model'
import type { z } from 'zod'

/** Check the query of a URL (`?a=b`, or nothing). Throws `query-invalid` with an issue for each wrong parameter. */
export const parseQuery = (schema: z.ZodObject | undefined, search: string): unknown => {
  const choices = Object.keys(schema?.shape ?? {})
  const issues: Issue[] = []
  const given: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(search)) {
    if (!choices.includes(name))
      issues.push({ path: name, message: `unknown query parameter '${name}'; there are: ${describeChoices(choices)}` })
    else if (Object.hasOwn(given, name))
      issues.push({ path: name, message: `query parameter '${name}' is given twice` })
    else given[name] = value
  }
  const parsed = schema?.safeParse(given)
  for (const issue of parsed?.error?.issues ?? []) {
    const name = pathText(issue.path)
    issues.push({
      path: name,
      message: `query parameter '${name}': ${issue.message}; got ${describeValue(given[name])}`
    })
  }
  if (issues.length > 0) throw new WeirError('query-invalid', issues[0]!.message, { issues })
  return parsed?.data ?? {}
}

/** Check the body of a request that is not an entity. Throws `body-invalid` with an issue for each wrong field. */
export const parseBody = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issues = issuesOf(schema, body, parsed.error)
  const { path, message } = issues[0]!
  throw new WeirError('body-invalid', `${path === '' ? 'the body' : path}: ${message}`, { issues })
}
