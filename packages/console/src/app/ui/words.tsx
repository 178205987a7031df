import type { JSX } from 'preact'

/** The API's words, in which what stands between back quotes is code. */
export const Words = ({ text }: { readonly text: string }): JSX.Element =>
  <>{text.split('`').map((part, at) => at % 2 === 1 ? <code key={at}>{part}</code> : part)}</>
