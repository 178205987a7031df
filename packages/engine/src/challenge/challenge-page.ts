import { randomBytes } from 'node:crypto'
import { CHALLENGE_PATH, type RefusalResponse } from '@weirlb/link'
import { challengeScript } from './challenge-script.ts'

/** The header by which a program learns that there is a challenge, and where it is passed. */
export const challengeHeaders: readonly (readonly [name: string, value: string])[] = [[
  'Weir-Challenge',
  CHALLENGE_PATH
], ['Cache-Control', 'no-store']]

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, character => escapes[character]!)

/**
 * Returns the path that a page goes to once its challenge is passed; undefined for anything but a path of the same
 * host.
 */
export const returnPath = (text: string | null): string | undefined =>
  text !== null && text.length <= 2048 && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text) ? text : undefined

/** Returns the page of a challenge. `to`: where it goes then; undefined: it is loaded again. */
export const challengePage = (puzzle: string, bits: number, to: string | undefined): RefusalResponse => {
  const nonce = randomBytes(16).toString('base64')
  return {
    contentType: 'text/html',
    headers: [
      ...challengeHeaders,
      ['Content-Security-Policy', `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`],
      ['X-Content-Type-Options', 'nosniff'],
      ['Referrer-Policy', 'same-origin']
    ],
    body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>One moment</title>
<style nonce="${nonce}">body { font: 1.1em/1.5 sans-serif; max-width: 32em; margin: 15vh auto; padding: 0 1em }</style></head>
<body><h1>One moment</h1>
<p id="says" data-failed="This did not work. Cookies are needed; please load the page again.">Your browser is being checked. The page comes by itself.</p>
<noscript><p>JavaScript is needed for this.</p></noscript>
<script nonce="${nonce}" data-puzzle="${escaped(puzzle)}" data-bits="${bits}" data-path="${CHALLENGE_PATH}" data-to="${
      escaped(to ?? '')
    }">${challengeScript}</script>
</body></html>
`
  }
}
