// Set up before the first test file: tests start hundreds of processes of Weir, which load few files in place of 700.
import { fileURLToPath } from 'node:url'
import { bundleWeir } from '../../scripts/bundle.ts'
import { ownPrograms } from './bundled.ts'

/** Called by vitest before all tests of a project. */
export const setup = async (): Promise<void> => {
  process.env['WEIR_BUNDLE'] ??= await bundleWeir(
    fileURLToPath(new URL('../../node_modules/.cache/weir', import.meta.url)),
    ownPrograms
  )
}
