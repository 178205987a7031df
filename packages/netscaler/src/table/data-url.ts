/** Returns the text of a `data:` URL (RFC 2397) in base64; undefined for anything else. */
export const textOfData = (url: string): string | undefined => {
  const match = /^data:[\w.+-]+\/[\w.+-]+(;charset=utf-8)?;base64,([A-Za-z0-9+/]*={0,2})$/i.exec(url)
  return match === null ? undefined : Buffer.from(match[2]!, 'base64').toString('utf8')
}

/** Returns a text as a `data:` URL. */
export const dataOf = (text: string, mediaType: string): string =>
  `data:${mediaType};base64,${Buffer.from(text, 'utf8').toString('base64')}`
