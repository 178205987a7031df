import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { clusterPlace, type ClusterPlace, type ConfigInput, type Issue, type WeirError } from '@weirlb/model'
import { withAbsolutePaths } from './certificate-files.ts'
import { readJsonText, readYamlText, type DocumentText } from './document-text.ts'
import { DocumentFault, moreText, placeText, summaryOf } from './document-fault.ts'
import { readModule } from './module-document.ts'
import { followReferences, hideSecrets, type Substituted } from './substitute.ts'
import type { AskedPlace, TextFault } from './yaml-text.ts'

/** A configuration in a file. */
export interface ConfigDocument {
  readonly config: ConfigInput
  /** What makes this Weir a node, with absolute paths of files. */
  readonly cluster: ClusterPlace | undefined
  /** Files that it depends on, itself among them, by absolute path. */
  readonly files: readonly string[]
  /**
   * Returns a refusal of this configuration with the lines and columns of the file, and without what came from the
   * environment and from files.
   */
  placed (error: WeirError): Promise<DocumentFault>
}

/** What reads the text of a document. */
const readers: Readonly<Record<string, (text: string) => Promise<DocumentText | TextFault[]>>> = {
  '.yaml': readYamlText,
  '.yml': readYamlText
}
const programs: readonly string[] = ['.ts', '.mts', '.js', '.mjs']

/**
 * Read a configuration file: JSON, YAML, or a program (`.ts`, `.mts`, `.js`, `.mjs`) whose default export it is. Texts
 * in it may name variables of the environment and files (`followReferences`). Throws a DocumentFault; what is in it is
 * checked by Weir.
 */
export const readConfigDocument = async (
  path: string,
  environment: Readonly<Record<string, string | undefined>> = process.env
): Promise<ConfigDocument> => {
  const itself = resolve(path)
  const { value, text, files } = programs.includes(extname(path)) ? await readProgram(path) : await readText(path)
  const followed = await followReferences(withoutSchema(value), { environment, configFile: path })
  const all = [...new Set([itself, ...files, ...followed.files])]
  const place = placer(path, text, followed.substituted)
  if (followed.issues.length > 0) {
    const issues = await place(followed.issues)
    throw new DocumentFault('config-invalid', summaryOf(issues), { issues, files: all })
  }
  const { cluster: given, rest } = withoutCluster(followed.value)
  const cluster = given === undefined ? undefined : clusterPlace.safeParse(given)
  if (cluster?.success === false) {
    const issues = await place(
      cluster.error.issues.map(({ path: at, message }) => ({ path: ['cluster', ...at].join('.'), message }))
    )
    throw new DocumentFault('config-invalid', summaryOf(issues), { issues, files: all })
  }
  const config = withAbsolutePaths(rest, path) as ConfigInput
  return {
    config,
    cluster: cluster && beside(cluster.data, path),
    files: all,
    placed: async error => {
      const issues = await place(issuesOf(error, config))
      return issues.length === 0
        ? new DocumentFault(error.code, hideSecrets(error.message, followed.substituted), {
          retry: error.retry,
          files: all
        })
        : new DocumentFault(error.code, summaryOf(issues), { retry: error.retry, issues, files: all })
    }
  }
}

interface Read { readonly value: unknown, readonly text: DocumentText | undefined, readonly files: readonly string[] }

const readText = async (path: string): Promise<Read> => {
  const itself = resolve(path)
  let content: string
  try {
    content = await readFile(path, 'utf8')
  } catch (error) {
    throw new DocumentFault(
      'config-invalid',
      `cannot read the configuration file '${path}' (${(error as NodeJS.ErrnoException).code})`,
      { files: [itself] }
    )
  }
  const read = await (readers[extname(path)] ?? readJsonText)(content.replace(/^\uFEFF/, ''))
  if (!Array.isArray(read)) return { value: read.value, text: read, files: [] }
  const issues = read.map(({ message, position }) => ({ path: '', message, file: path, ...position }))
  throw new DocumentFault('config-invalid', `'${path}' ${issues[0]!.message}${moreText(issues)}`, {
    issues,
    files: [itself]
  })
}

const readProgram = async (path: string): Promise<Read> => {
  const made = await readModule(path)
  if (!('fault' in made)) return { value: made.value, text: undefined, files: made.files }
  const { fault, line, column, files } = made
  const issues = [{ path: '', message: fault, file: path, line, column }]
  throw new DocumentFault('config-invalid', summaryOf(issues), { issues, files: [resolve(path), ...files] })
}

/** Editors take completion from it. */
const withoutSchema = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('$schema' in value)) return value
  const { $schema: _, ...config } = value
  return config
}

/** The part of the file that is no configuration, and all else. */
const withoutCluster = (value: unknown): { readonly cluster: unknown, readonly rest: unknown } => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('cluster' in value))
    return { cluster: undefined, rest: value }
  const { cluster, ...rest } = value
  return { cluster, rest }
}

const beside = (
  { passwordFile, caFile, certFile, certKeyFile, keysFile, ...place }: ClusterPlace,
  path: string
): ClusterPlace => {
  const absolute = (file: string | undefined): string | undefined => file && resolve(dirname(path), file)
  return {
    ...place,
    passwordFile: absolute(passwordFile),
    caFile: absolute(caFile),
    certFile: absolute(certFile),
    certKeyFile: absolute(certKeyFile),
    keysFile: absolute(keysFile)
  }
}

/**
 * The issues of an error, with paths in the configuration. Those of an extension's declaration, and errors without any,
 * are about the extension or the path that the message begins with.
 */
const issuesOf = ({ issues, message }: WeirError, { extensions = [] }: ConfigInput): readonly Issue[] => {
  const name = /^extension '([^']+)': /.exec(message)?.[1]
  const index = name === undefined || !Array.isArray(extensions)
    ? -1
    : extensions.findIndex(extension => extension?.name === name)
  const owner = index < 0 ? undefined : `extensions[${index}]`
  if (issues.length > 0)
    return issues.map(issue =>
      owner === undefined || /^[a-zA-Z]+\[\d+\]/.test(issue.path)
        ? issue
        : { ...issue, path: owner, message: issue.path === '' ? issue.message : `${issue.path}: ${issue.message}` }
    )
  const [, path, rest] = /^([a-zA-Z]+\[\d+\][^\s:]*): (.*)$/s.exec(message) ?? []
  return path !== undefined ? [{ path, message: rest! }] : owner === undefined ? [] : [{ path: owner, message }]
}

/** Returns what gives issues their places in the file. One of an extension's code keeps that in its message. */
const placer =
  (path: string, text: DocumentText | undefined, substituted: readonly Substituted[]) =>
  async (issues: readonly Issue[]): Promise<Issue[]> => {
    const positions = text === undefined || issues.length === 0 ? [] : await text.positionsOf(issues.map(placeOf))
    return issues.map((issue, i) => {
      const code = issue.file === undefined ? '' : `${placeText(issue.file, issue.line, issue.column)}: `
      const words = issue.message.startsWith(code) ? issue.message : `${code}${issue.message}`
      const message = hideSecrets(words, substituted)
      return { path: issue.path, message, file: path, line: positions[i]?.line, column: positions[i]?.column }
    })
  }

/** An unknown field is at its own name, not at that of the object. */
const placeOf = ({ path, message }: Issue): AskedPlace => ({
  path,
  field: /^unknown fields? '([^']+)'/.exec(message)?.[1]
})
