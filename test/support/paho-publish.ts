import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Build the program of `paho-publish.c` with a C compiler, as `binary`. */
export const buildPahoPublish = (cc: string, binary: string): void => {
  const source = fileURLToPath(new URL('paho-publish.c', import.meta.url))
  const { status, stderr } = spawnSync(cc, ['-Wall', '-Werror', '-o', binary, source, '-lpaho-mqtt3cs'], {
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`cannot build ${source}: ${stderr}`)
}
