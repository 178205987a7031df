import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Encodings that files are kept in, the smallest first, by their names in HTTP. */
const encodings = { br: '.br', gzip: '.gz' } as const
type Encoding = keyof typeof encodings

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml'
}

/** A file as it is sent. */
export interface SentFile {
  readonly type: string
  readonly encoding: Encoding | undefined
  readonly content: Buffer
}

const site = fileURLToPath(new URL('../site/', import.meta.url))

/**
 * Read a built file of the console, `index.html` or `assets/NAME`, in the smallest encoding that the client accepts
 * (RFC 9110 §12.5.3). Files are read when they are asked for: an idle Weir holds none. Undefined: there is no such
 * file.
 */
export const readSiteFile = async (
  folder: '' | 'assets',
  name: string,
  accept: string | undefined
): Promise<SentFile | undefined> => {
  const type = types[extname(name)]
  // No name leads out of the folder.
  if (type === undefined || !/^[\w.-]+$/.test(name)) return undefined
  const encoding = accepted(accept)
  const file = join(site, folder, name)
  try {
    return { type, encoding, content: await readFile(encoding === undefined ? file : file + encodings[encoding]) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const accepted = (accept = ''): Encoding | undefined => {
  const given = new Map(accept.toLowerCase().split(',').map(part => {
    const [name = '', ...parameters] = part.split(';').map(text => text.trim())
    return [name, !parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter))] as const
  }))
  return (Object.keys(encodings) as Encoding[]).find(name => given.get(name) ?? given.get('*') ?? false)
}
