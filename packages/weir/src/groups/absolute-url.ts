import { describeValue, WeirError } from '@weirlb/model'

/** Returns an absolute HTTP URL. Throws body-invalid, with the path of the field. */
export const absoluteUrl = (text: string, path: string): URL => {
  if (/^https?:\/\/[^/?#]/i.test(text) && URL.canParse(text)) return new URL(text)
  const message = `expected an absolute URL, such as "https://www.example.com/mqtt"; got ${describeValue(text)}`
  throw new WeirError('body-invalid', `${path}: ${message}`, { issues: [{ path, message }] })
}
