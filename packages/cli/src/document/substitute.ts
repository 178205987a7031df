import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { describeValue, pathText, WeirError, type Issue } from '@weirlb/model'
import { sourceOf } from '../extension/source-of.ts'

/** A text that came from the environment or a file, and what the document has in its place. */
export interface Substituted { readonly value: string, readonly written: string }

/** A document with its references followed. */
export interface Followed {
  readonly value: unknown
  /** Longest first. Extensions are none: their code is shown anyway. */
  readonly substituted: readonly Substituted[]
  /** Files that it depends on, by absolute path; also those that could not be read. */
  readonly files: readonly string[]
  readonly issues: readonly Issue[]
}

/** What follows references. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Relative paths start at its folder. */
  readonly configFile: string
}

const FILE = /^file:(?=\S)/
const VARIABLE = /\$(?:\$(?=\{)|\{([^{}]*)\})/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Longest file of a secret, in bytes. */
const MAX_FILE = 1024 * 1024
/** Shorter texts are in many messages by chance, and are no secrets. */
const MIN_SECRET = 4
/** Deepest value of a document; a configuration has some ten levels. */
const MAX_DEPTH = 64

/**
 * Replace in every text of a document `${NAME}` by a variable of the environment, and `file:PATH` by the content of a
 * file. `$${` stands for `${`. In the code of an extension, `file:PATH` is its module, and the rest stays as it is.
 */
export const followReferences = async (
  document: unknown,
  { environment, configFile }: Surroundings
): Promise<Followed> => {
  const substituted: Substituted[] = []
  const files: string[] = []
  const issues: Issue[] = []
  const folder = dirname(resolve(configFile))
  const fault = (path: readonly PropertyKey[], message: string): undefined => {
    issues.push({ path: pathText(path), message })
  }

  const fromFile = async (
    path: readonly PropertyKey[],
    written: string,
    isCode: boolean
  ): Promise<string | undefined> => {
    const file = resolve(folder, written.replace(FILE, ''))
    files.push(file)
    try {
      if (isCode) {
        const built = await sourceOf(file)
        files.push(...built.files)
        return built.text
      }
      const text = await readFile(file, 'utf8')
      if (text.length > MAX_FILE) return fault(path, `the file '${file}' has more than ${MAX_FILE} characters`)
      // Editors and `echo` end a file with a line feed, which is no part of a password.
      const value = text.replace(/\r?\n$/, '')
      substituted.push({ value, written })
      return value
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return fault(
        path,
        error instanceof WeirError ? error.message : `cannot read the file '${file}' (${code ?? 'unreadable'})`
      )
    }
  }

  const fromEnvironment = (path: readonly PropertyKey[], written: string): string => {
    let replaced = false
    const value = written.replaceAll(VARIABLE, (whole, name: string | undefined) => {
      if (name === undefined) return '$'
      replaced = true
      const found = environment[name]
      if (!NAME.test(name))
        fault(
          path,
          `expected the name of a variable in ${
            describeValue(whole)
          }, as in \${MQTT_KEY}; write $\${ for the characters \${`
        )
      else if (found === undefined) fault(path, `the environment has no variable ${name}`)
      // A message may have a part of the text.
      else if (found.length >= MIN_SECRET) substituted.push({ value: found, written: whole })
      return found ?? ''
    })
    if (replaced) substituted.push({ value, written })
    return value
  }

  const follow = async (value: unknown, path: readonly PropertyKey[]): Promise<unknown> => {
    if (typeof value === 'string') {
      const isCode = path[0] === 'extensions' && path.at(-1) === 'source'
      if (FILE.test(value)) return await fromFile(path, value, isCode) ?? value
      return isCode ? value : fromEnvironment(path, value)
    }
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      const list: unknown[] = []
      for (const [i, inner] of value.entries())
        list.push(needsNothing(inner) ? inner : await follow(inner, [...path, i]))
      return list
    }
    // Through entries: a field called `__proto__` is then a field like any other, for the schema to refuse.
    const entries: [string, unknown][] = []
    for (const [field, inner] of Object.entries(value))
      entries.push([field, needsNothing(inner) ? inner : await follow(inner, [...path, field])])
    return Object.fromEntries(entries)
  }

  if (isDeeper(document, MAX_DEPTH))
    return {
      value: document,
      substituted,
      files,
      issues: [{ path: '', message: `a value is more than ${MAX_DEPTH} levels deep, or is in itself` }]
    }
  const value = await follow(document, [])
  return {
    value,
    substituted: substituted.filter(({ value }) => value !== '').sort((a, b) => b.value.length - a.value.length),
    files,
    issues
  }
}

/** True for a value with more levels than these, such as an alias of YAML within its own anchor. */
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null &&
  (levels === 0 || Object.values(value).some(inner => isDeeper(inner, levels - 1)))

/** True for a value without references. Most have none, and are not gone through one by one. */
const needsNothing = (value: unknown): boolean => {
  if (typeof value === 'string') return !FILE.test(value) && !value.includes('${')
  return typeof value !== 'object' || value === null || Object.values(value).every(needsNothing)
}

/** Returns a message with what the document has in place of texts from the environment and files. */
export const hideSecrets = (message: string, substituted: readonly Substituted[]): string => {
  let text = message
  for (const { value, written } of substituted) {
    // Functions, for a text in place of them may have `$&`, which stands for the secret.
    text = text.replaceAll(describeValue(value), () => JSON.stringify(written))
    if (value.length >= MIN_SECRET) text = text.replaceAll(value, () => written)
  }
  return text
}
