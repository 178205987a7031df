import type { JSX } from 'preact'

/** Text that somebody chose: as long, and in whichever direction, as it likes, without harm to what is around it. */
export const Name = ({ text }: { readonly text: string }): JSX.Element => <bdi class="name" title={text.length > 40 ? text : undefined}>{text}</bdi>
