import { execFile } from 'node:child_process'
import { weirBin } from './bundled.ts'


/** What a command has printed, and its exit status. */
export interface Ran { readonly status: number, readonly out: string, readonly err: string }

/** Run `weir` as an operator does, in a folder, with a text as its input. */
export const weirCommand = async (
  args: readonly string[],
  { cwd, input = '', env = {} }: {
    readonly cwd?: string
    readonly input?: string
    readonly env?: Readonly<Record<string, string>>
  } = {}
): Promise<Ran> =>
  await new Promise(resolve => {
    const child = execFile(process.execPath, [weirBin, ...args], {
      cwd,
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024
    }, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code), out, err })
    })
    // A command that ends without reading its input is no fault of the test.
    child.stdin!.on('error', () => {})
    child.stdin!.end(input)
  })
