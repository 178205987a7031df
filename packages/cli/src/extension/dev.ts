import { realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { WeirError, type ErrorCode } from '@weirlb/model'
import { TypeChecker } from '@weirlb/sandbox/types'
import { optionNames } from '../command-line/command-table.ts'
import { FileWatch } from '../file-watch.ts'
import { readArguments, required } from './arguments.ts'
import { requireFile, tellAuthor } from './author-error.ts'
import { checkOf, type Check } from './check-types.ts'
import { targetOf } from './dev-target.ts'
import { faultText } from './fault-text.ts'
import { apiOf } from './rest.ts'
import { sourceOf } from './source-of.ts'
import { upload } from './upload.ts'

/** How soon to try again when no Weir answers. */
const RETRY_MS = 1000
/** How often files are looked at. Editors write a file in several steps, and an author waits for the result. */
const LOOK_MS = 50

/**
 * `weir extension dev FILE --vserver V | --protocol P | --name N [--check types|off] [--api URL]`: builds, checks and
 * pushes an extension, and again whenever one of its files changes, until it is interrupted. A fault is printed with
 * its line; Weir keeps the version that it runs.
 */
export const devExtension = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', optionNames('extension dev'))
  const given = required(value, 'dev', 'the FILE of an extension')
  const api = apiOf(options.api)
  const check = checkOf(options.check)
  await requireFile(given)
  const file = await realpath(given)
  const name = await targetOf(api, options)
  process.stdout.write(`extension '${name}' on ${api} follows ${given}; Ctrl-C ends\n`)
  await new Dev({ file, name, api, check }).run()
}

/** Refusals that say nothing about the extension. */
const passing: ReadonlySet<ErrorCode> = new Set(['worker-unavailable', 'extension-checks-waiting'])

interface DevOptions {
  readonly file: string
  readonly name: string
  readonly api: string
  readonly check: Check | undefined
}

/** One extension that is being written. */
class Dev {
  readonly #options: DevOptions
  readonly #checker = new TypeChecker()
  /** Files of the last build, and those that a fault is in. */
  #files: readonly string[]
  readonly #watch = new FileWatch(() => this.#files, async () => { this.#wake() }, LOOK_MS)
  /** Source that Weir has, or has refused. */
  #settled: string | undefined
  #away = false
  #wake: () => void = () => {}

  constructor (options: DevOptions) {
    this.#options = options
    this.#files = [options.file]
  }

  async run (): Promise<never> {
    await this.#watch.note()
    this.#watch.start()
    for (;;) {
      // What changes during a turn begins another.
      const changed = new Promise<void>(resolve => { this.#wake = resolve })
      await this.#turn()
      await this.#watch.note()
      await (this.#away ? Promise.race([changed, new Promise(resolve => setTimeout(resolve, RETRY_MS))]) : changed)
    }
  }

  async #turn (): Promise<void> {
    const { file, name, api, check } = this.#options
    const began = performance.now()
    let source: string | undefined
    try {
      const built = await sourceOf(file)
      this.#files = [...new Set([file, ...built.files])]
      // A change from here on begins another turn, also during the check.
      await this.#watch.note()
      source = built.text
      if (source === this.#settled) return
      if (check !== 'off') await tellAuthor(async () => { await this.#checker.file(file) })
      const done = await upload({ api, name, source, check })
      this.#settled = source
      this.#away = false
      this.#say(`${done} extension '${name}' in ${Math.round(performance.now() - began)} ms`)
    } catch (error) {
      if (error instanceof WeirError) this.#failed(error, source)
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#say(`there is no file '${file}' any more`)
      else throw error
    }
  }

  #failed (error: WeirError, source: string | undefined): void {
    if (passing.has(error.code)) {
      if (!this.#away) this.#say(`${error.message}; it is tried again`)
      this.#away = true
      return
    }
    this.#away = false
    // Files that a fault is in may be no part of the last build.
    const { file } = this.#options
    const places = error.issues.flatMap(issue => issue.file === undefined ? [] : [resolve(dirname(file), issue.file)])
    if (source === undefined) this.#files = [...new Set([...this.#files, ...places])]
    else this.#settled = source
    this.#say(`not pushed; the version before stays\n${faultText(error, file).trimEnd()}`)
  }

  #say (text: string): void { process.stdout.write(`${new Date().toTimeString().slice(0, 8)} ${text}\n`) }
}
