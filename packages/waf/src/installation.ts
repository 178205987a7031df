import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Where the parts of an inspection are installed. */
export interface Installation {
  /** The shared library. */
  readonly library: string
  /** The set-up of the Core Rule Set; undefined: its defaults. */
  readonly setup: string | undefined
  /** Files of its rules on requests, in their order. */
  readonly rules: readonly string[]
}

const LIBRARY = 'libmodsecurity.so.3'
const libraryFolders = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/usr/local/modsecurity/lib']
const ruleFolders = [
  '/usr/share/modsecurity-crs/rules',
  '/usr/local/share/modsecurity-crs/rules',
  '/etc/modsecurity/crs/rules'
]
const setups = ['/etc/modsecurity/crs/crs-setup.conf', '/usr/share/modsecurity-crs/crs-setup.conf']

/** Rules on requests. Those of 910 and 912 look up names, and keep counters for each address without a bound. */
const REQUEST_RULES = /^REQUEST-9(?!10|12)\d\d[-.].*\.conf$/

/** Where the rule set wants exceptions of the operator. */
const EXCEPTIONS = /^(?:REQUEST-900|RESPONSE-999)-.*\.conf$/

const filesOf = (folder: string): readonly string[] => {
  try { return readdirSync(folder) } catch { return [] }
}

const filesIn = (folder: string, names: RegExp): string[] =>
  filesOf(folder).filter(name => names.test(name)).sort().map(name => join(folder, name))

const hasRules = (folder: string): boolean => filesOf(folder).some(name => REQUEST_RULES.test(name))

const firstWith = (folders: readonly string[], file: string): string | undefined => {
  const folder = folders.find(each => filesOf(each).includes(file))
  return folder === undefined ? undefined : join(folder, file)
}

/** Environment variables that name the library, and the folder of the rules, where they are elsewhere. */
export const LIBRARY_VARIABLE = 'WEIR_MODSECURITY'
export const RULES_VARIABLE = 'WEIR_CRS'

/**
 * Finds libmodsecurity and the Core Rule Set; a text says what is missing. `environment`: has the variables above, or
 * not.
 */
export const findInstallation = (
  environment: Readonly<Record<string, string | undefined>> = process.env
): Installation | string => {
  const ownLibrary = environment[LIBRARY_VARIABLE]
  const ownRules = environment[RULES_VARIABLE]
  if (ownLibrary !== undefined && !filesOf(dirname(ownLibrary)).includes(basename(ownLibrary)))
    return `there is no file ${ownLibrary}, which ${LIBRARY_VARIABLE} names`
  if (ownRules !== undefined && !hasRules(ownRules))
    return `there are no rules in ${ownRules}, which ${RULES_VARIABLE} names`
  const triplets = filesOf('/usr/lib').filter(name => name.endsWith('-linux-gnu')).map(name => join('/usr/lib', name))
  const library = ownLibrary ?? firstWith([...triplets, ...libraryFolders], LIBRARY)
  if (library === undefined) return `${LIBRARY} is not installed (Debian: libmodsecurity3)`
  const folder = ownRules ?? ruleFolders.find(hasRules)
  if (folder === undefined) return 'the OWASP Core Rule Set is not installed (Debian: modsecurity-crs)'
  const setup = [join(folder, '../crs-setup.conf'), ...setups].find(path =>
    filesOf(dirname(path)).includes(basename(path))
  )
  const own = setup === undefined ? [] : filesIn(dirname(setup), EXCEPTIONS)
  // Exceptions of the operator stand before the rules, and after them.
  const [before, after] = [
    own.filter(path => path.includes('REQUEST-900')),
    own.filter(path => path.includes('RESPONSE-999'))
  ]
  return { library, setup, rules: [...before, ...filesIn(folder, REQUEST_RULES), ...after] }
}
