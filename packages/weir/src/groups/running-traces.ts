import type { ExtensionTraces } from '../api/weir.ts'
import type { Editor } from '../config/editor.ts'
import { required } from '../config/entities.ts'
import type { TraceListener, TraceRequest, Traces, TraceStatus } from '../jobs/traces.ts'

/** The traces of the extensions that are configured. */
export class RunningTraces implements ExtensionTraces {
  readonly #traces: Traces
  readonly #editor: Editor

  constructor (traces: Traces, editor: Editor) {
    this.#traces = traces
    this.#editor = editor
  }

  get (extension: string): TraceStatus {
    this.#require(extension)
    return this.#traces.status(extension)
  }

  set (extension: string, request: TraceRequest): TraceStatus {
    this.#editor.requireOpen()
    this.#require(extension)
    return this.#traces.set(extension, request)
  }

  on (extension: string, listener: TraceListener): () => void {
    this.#require(extension)
    return this.#traces.on(extension, listener)
  }

  #require (extension: string): void { required(this.#editor.config, 'extensions', extension) }
}
