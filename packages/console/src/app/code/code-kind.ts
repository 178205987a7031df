import type { JSX } from 'preact'
import type { Drafts } from './drafts.ts'

/** The code of one that is stored, as it was loaded. */
export interface StoredCode {
  /** Undefined: its code is included with Weir, and has no text. */
  readonly source: string | undefined
  readonly etag: string | undefined
}

/** A kind of code that is written in the console. `D`: what the API tells of a text that is valid. */
export interface CodeKind<D = unknown> {
  /** First part of the address: `extensions`. */
  readonly page: string
  /** As the configuration document has it: `edgeFunctions`. */
  readonly collection: 'extensions' | 'edgeFunctions'
  /** `edge function`. */
  readonly noun: string
  /** `All edge functions`. */
  readonly all: string
  /** What a new one begins with: it compiles, and every line of it will be changed. */
  readonly template: string
  /** Longest text that Weir takes, in bytes. */
  readonly maxBytes: number
  /** Below the name of a new one. */
  readonly nameHint: string
  /** Said once a new one is there. */
  created (name: string): string
  /** Said once a changed one runs. */
  saved (name: string): string
  readonly drafts: Drafts
  /** Ask the server about a text. Rejects with its faults. */
  validate (source: string): Promise<D>
  create (name: string, source: string): Promise<void>
  /** Write a JSON Merge Patch. Returns the new version. */
  patch (name: string, value: CodePatch, ifMatch: string | undefined): Promise<string | undefined>
  /** Shows what a valid text declares; undefined: the text is not valid. */
  Declared (props: { readonly declaration: D | undefined }): JSX.Element
}

/** What is changed in an entity when its code is saved. */
export interface CodePatch {
  readonly source?: string
  readonly builtin?: null
  readonly canary?: { readonly percent: number, readonly source: string, readonly builtin: null }
}
