// The process that checks types: it reads declarations and text, and runs none of it. Started by TypeChecker, which
// ends it when it takes too long or too much.
import { API, type Diagnostic } from 'typescript/unstable/sync'
import { relative, sep } from 'node:path'
import { AuthorFiles, type AuthorSource } from './author-files.ts'
import { type TypeFinding, wordsOf } from './type-finding.ts'

/** A check that is requested. */
export interface CheckRequest { readonly number: number, readonly source: AuthorSource }
/** Its outcome. `failed`: the compiler itself gave up. */
export type CheckReply = { readonly number: number, readonly findings: readonly TypeFinding[] } | {
  readonly number: number
  readonly failed: string
}

/** Faults that are reported: those behind them are mostly their consequences. */
const MOST = 20

// One compiler serves all checks of this process: the types of ECMAScript and of the SDK are read once. Files are asked
// for with the check that is under way.
let files: AuthorFiles | undefined
const api = new API({
  cwd: sep,
  fs: {
    readFile: path => files!.readFile(path),
    fileExists: path => files!.fileExists(path),
    directoryExists: path => files!.directoryExists(path),
    getAccessibleEntries: path => files!.getAccessibleEntries(path),
    realpath: path => files!.realpath(path)
  }
})

const check = ({ number, source }: CheckRequest): TypeFinding[] => {
  const of = files = new AuthorFiles(source, number)
  // The author's files may be others than at the last check, and the compiler keeps what it has read.
  const snapshot = api.updateSnapshot({
    openProjects: [of.config],
    ...('file' in source ? { fileChanges: { invalidateAll: true } } : {})
  })
  try {
    const { program } = snapshot.getProject(of.config)!
    const found: TypeFinding[] = []
    const authors = program.getSourceFileNames().filter(path => path !== of.entry && of.isAuthors(path))
    for (const path of [of.entry, ...authors]) {
      if (found.length >= MOST) break
      const faults = program.getSemanticDiagnostics(path)
      if (faults.length > 0)
        found.push(...place(faults.slice(0, MOST), program.getSourceFile(path)!.text, relative(of.home, path)))
    }
    return found.slice(0, MOST)
  } finally {
    api.updateSnapshot({ closeProjects: [of.config] }).dispose()
    snapshot.dispose()
  }
}

const place = (faults: readonly Diagnostic[], text: string, file: string): TypeFinding[] =>
  faults.map(fault => {
    const before = text.slice(0, fault.pos)
    const line = before.split('\n').length
    return {
      file: file.replaceAll(sep, '/'),
      line,
      column: fault.pos - before.lastIndexOf('\n'),
      message: wordsOf(fault, text)
    }
  })

process.on('message', (request: CheckRequest) => {
  let reply: CheckReply
  try {
    reply = { number: request.number, findings: check(request) }
  } catch (error) {
    reply = { number: request.number, failed: (error as Error).message }
  }
  process.send!(reply)
})
process.on('disconnect', () => {
  api.close()
  process.exit()
})
