import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { WeirError } from '@weirlb/model'

/** A longer line is shown in part. */
const MAX_SHOWN = 160

/**
 * Returns every fault of an extension with its place, its line and a mark below it.
 *
 *     protocol.ts:12:8: 'sesion' is not in Verdict; did you mean 'session'
 *       return forward({ sesion: id })
 *                        ^
 */
export const faultText = (error: WeirError, file: string): string => {
  const { issues, message, code } = error
  if (issues.length === 0) return `${message} [${code}]\n`
  return issues.map(({ path, message, file: at, line, column = 1 }) => {
    if (line === undefined) return `${at !== undefined || path === '' ? message : `${path}: ${message}`} [${code}]\n`
    return `${message}\n${markedLine(resolve(dirname(file), at ?? file), line, column)}`
  }).join('')
}

const markedLine = (file: string, line: number, column: number): string => {
  let text: string | undefined
  try {
    text = readFileSync(file, 'utf8').split(/\r\n|\n|\r/)[line - 1]
  } catch { /* it is in no file of this machine */ }
  if (text === undefined) return ''
  const from = column > MAX_SHOWN ? column - MAX_SHOWN / 2 : 0
  return `  ${text.replaceAll('\t', ' ').slice(from, from + MAX_SHOWN)}\n  ${
    ' '.repeat(Math.max(0, column - 1 - from))
  }^\n`
}
