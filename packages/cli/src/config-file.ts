import { resolve } from 'node:path'
import { WeirError } from '@weirlb/model'
import type { Weir } from '@weirlb/core'
import { readConfigDocument, type ConfigDocument } from './document/config-document.ts'
import { DocumentFault } from './document/document-fault.ts'

/** The configuration file of `weir serve`. */
export class ConfigFile {
  readonly path: string
  /** Files that it depends on, by absolute path; of the last reading. */
  #files: readonly string[]

  constructor (path: string) {
    this.path = path
    this.#files = [resolve(path)]
  }

  get files (): readonly string[] { return this.#files }

  /** Read it. Rejects with config-invalid that has the place of each fault. */
  async read (): Promise<ConfigDocument> {
    try {
      const document = await readConfigDocument(this.path)
      this.#files = document.files
      return document
    } catch (error) {
      // What it depended on before may be what is missing.
      if (error instanceof DocumentFault) this.#files = [...new Set([...this.#files, ...error.files])]
      throw error
    }
  }

  /**
   * Run something with the document as the author of its changes. What Weir refuses is rejected with the places in the
   * file.
   */
  async apply<T> (weir: Weir, document: ConfigDocument, run: () => Promise<T>): Promise<T> {
    try {
      return await weir.as({ via: 'config-file', name: this.path.slice(-256) }, run)
    } catch (error) {
      throw error instanceof WeirError ? await document.placed(error) : error
    }
  }
}
