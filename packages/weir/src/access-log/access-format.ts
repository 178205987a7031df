import { WeirError } from '@weirlb/model'
import { escapeControls } from '../escape-controls.ts'
import { accessFields, partsOfClient, publishedField, type AccessEntry, type AccessField } from './access-fields.ts'

/** Makes the line of an entry, with its line feed. */
export type AccessFormat = (entry: AccessEntry) => string

/** Longest template. */
const MAX_LENGTH = 4096
/** In place of what does not apply. */
const NOTHING = '-'
const PUBLISHED = 'fields.'

/**
 * Compiles a format: `json`, or a template in which `{name}` stands for a field and `{fields.name}` for one that the
 * extension publishes; `{{` and `}}` are braces. Throws config-invalid with the place and the choices.
 */
export const accessFormat = (format: string): AccessFormat => format === 'json' ? jsonLine : template(format)

const jsonLine: AccessFormat = entry => {
  const line: Record<string, unknown> = {}
  for (const [name, { of }] of Object.entries<AccessField>(accessFields))
    if (!partsOfClient.has(name)) line[name] = of(entry)
  const { fields } = entry.record
  if (fields !== undefined)
    line['fields'] = Object.fromEntries(Object.keys(fields).map(name => [name, publishedField(entry.record, name)]))
  return `${JSON.stringify(line)}\n`
}

type Part = string | AccessField['of']

const template = (text: string): AccessFormat => {
  if (text.length > MAX_LENGTH)
    throw wrong(`a template has ${MAX_LENGTH} characters at most; this one has ${text.length}`)
  if (/[\r\n]/.test(text)) throw wrong('a template is one line: each record ends with a line feed anyway')
  const parts = partsOf(text)
  if (!parts.some(part => typeof part !== 'string'))
    throw wrong(
      `'${text}' names no field; a template is like '{time} {client} {service} {reason}', and 'json' is every field`
    )
  return entry => {
    let line = ''
    for (const part of parts) line += typeof part === 'string' ? part : shown(part(entry))
    return `${line}\n`
  }
}

const partsOf = (text: string): readonly Part[] => {
  const parts: Part[] = []
  let literal = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char !== '{' && char !== '}') literal += char
    else if (text[at + 1] === char) {
      literal += char
      at++
    } else if (char === '}') throw wrong(`'}' at column ${at + 1} has no '{' before it; '}}' is a brace`)
    else {
      const end = text.indexOf('}', at)
      if (end < 0) throw wrong(`'{' at column ${at + 1} has no '}' behind it; '{{' is a brace`)
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(fieldOf(text.slice(at + 1, end), at + 1))
      at = end
    }
  }
  if (literal !== '') parts.push(literal)
  return parts
}

const fieldOf = (name: string, column: number): AccessField['of'] => {
  if (Object.hasOwn(accessFields, name)) return accessFields[name as keyof typeof accessFields].of
  if (name.startsWith(PUBLISHED) && name.length > PUBLISHED.length) {
    const published = name.slice(PUBLISHED.length)
    return ({ record }) => publishedField(record, published)
  }
  const choices = [...Object.keys(accessFields), `${PUBLISHED}NAME`]
  throw wrong(`unknown field '${name}' at column ${column}; there are: ${choices.join(', ')}`)
}

/** One line stays one line, and a quoted value ends at its quote. */
const shown = (value: string | number | boolean | undefined): string => {
  if (typeof value !== 'string') return value === undefined ? NOTHING : String(value)
  return value === '' ? NOTHING : escapeControls(value.replaceAll(/["\\]/g, '\\$&'))
}

const wrong = (message: string): WeirError =>
  new WeirError('config-invalid', `accessLog.format: ${message}`, { issues: [{ path: 'accessLog.format', message }] })
