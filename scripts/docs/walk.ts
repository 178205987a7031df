// Walks through a tutorial: runs its script in an empty folder, with its own ports, and returns each region's output.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from '../../test/support/free-port.ts'
import { isEnd, regionOf } from './regions.ts'

const begin = '---- region '
const end = '---- end'

/**
 * The script with marks round what its regions print; not the indented ones, which run beside it and print into files.
 */
const marked = (script: string): string => script.split('\n').map(line => {
  if (line.startsWith(' ')) return line
  const name = regionOf(line)
  return name !== undefined ? `echo '${begin}${name}'` : isEnd(line) ? `echo '${end}'` : line
}).join('\n')

/**
 * Run `walk.sh` of a folder; `packed`: the folder of packed packages to install instead of the workspace. Returns the
 * regions' output, by name.
 */
export const walk = async (folder: string, packed?: string): Promise<Record<string, string>> => {
  const source = readFileSync(join(folder, 'walk.sh'), 'utf8')
  const ports = new Map<string, string>()
  for (const [, port = ''] of source.matchAll(/(?:127\.0\.0\.1:|servers\.ts |servers\.ts \d+ |"port":)(\d{4,5})\b/g))
    if (!ports.has(port)) ports.set(port, String(await freePort()))
  const script = marked(source).replaceAll(/\b\d{4,5}\b/g, number => ports.get(number) ?? number)

  const home = mkdtempSync(join(tmpdir(), 'weir-walk-'))
  try {
    const env = {
      ...process.env,
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      FILES: folder,
      NO_COLOR: '1',
      ...(packed === undefined ? {} : { PACKED: packed })
    }
    const shell = spawn('bash', ['-c', script], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, error, [status]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'exit')])
    if (status !== 0) throw new Error(`walk.sh ended with status ${status}:\n${out}\n${error}`)
    const nominal = (printed: string): string =>
      [...ports].reduce((done, [port, actual]) => done.replaceAll(new RegExp(`\\b${actual}\\b`, 'g'), port), printed)
    return Object.fromEntries(
      out.split(begin).slice(1).map(part => {
        const [name = '', ...lines] = part.slice(0, part.indexOf(end)).split('\n')
        return [name, nominal(lines.join('\n'))]
      })
    )
  } finally {
    rmSync(home, { recursive: true, maxRetries: 5 })
  }
}

/**
 * The comparable part of an output: `numbers vary` after the region's name removes figures and the space before them.
 */
const stable = (printed: string, varies: boolean): string =>
  varies ? printed.replaceAll(/ *\d+(\.\d+)?/g, ' N') : printed

/** Regions of `walk.txt` that a walk did not print so, each with both texts. */
export const differences = (
  folder: string,
  printed: Readonly<Record<string, string>>
): { readonly region: string, readonly expected: string, readonly printed: string }[] =>
  readFileSync(join(folder, 'walk.txt'), 'utf8').split('#region ').slice(1).flatMap(part => {
    const [head = '', ...lines] = part.slice(0, part.indexOf('#endregion')).split('\n')
    const [name = ''] = head.split(' ')
    const varies = head.includes('numbers vary')
    const expected = stable(lines.join('\n'), varies)
    const got = stable(printed[name] ?? '', varies)
    return expected === got ? [] : [{ region: name, expected, printed: got }]
  })
