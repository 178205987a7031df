import type { Declaration } from './declaration.ts'

/** One thing wrong with a declaration. */
export interface DeclarationIssue { readonly path: string, readonly message: string }

export type Checked =
  | { readonly ok: true, readonly declaration: Declaration }
  | { readonly ok: false, readonly code: 'extension-no-default' | 'extension-api' | 'extension-invalid', readonly issues: readonly DeclarationIssue[] }

/** Check what a guest described; the JSON comes from the sandbox and nothing in it is believed. */
export const checkDeclaration = (_json: string): Checked => { throw new Error('not yet') }
