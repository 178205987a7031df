import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { serveRegistry } from './local-registry.ts'

/**
 * Do what `npm install -g weirlb` does, from tarballs in place of the registry, into a prefix. Rejects with npm's
 * words.
 */
export const installGlobally = async (
  tarballs: ReadonlyMap<string, string>,
  prefix: string,
  env: NodeJS.ProcessEnv = process.env
): Promise<void> => {
  const registry = await serveRegistry(tarballs)
  try {
    const npm = spawn('npm', ['install', '-g', '--prefix', prefix, '--ignore-scripts', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...registry.options, tarballs.get('weirlb')!], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err, [status]] = await Promise.all([text(npm.stdout), text(npm.stderr), once(npm, 'close')]) as [string, string, [number]]
    if (status !== 0) throw new Error(`npm install -g weirlb failed: ${out}${err}`)
  } finally {
    registry.close()
  }
}
