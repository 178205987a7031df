import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'
import { sdkNames } from './sdk-names.ts'

const site = fileURLToPath(new URL('site', import.meta.url))

/** Files that a compressor makes smaller. */
const compressible = /\.(html|js|css|svg)$/

/** Compresses the files once, at their best, so that the server has nothing to compute. */
const compress: Plugin = {
  name: 'compress',
  closeBundle () {
    for (const name of readdirSync(site, { recursive: true, encoding: 'utf8' })) {
      if (!compressible.test(name)) continue
      const file = join(site, name)
      const content = readFileSync(file)
      writeFileSync(
        `${file}.br`,
        brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } })
      )
      writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
    }
  }
}

export default defineConfig({
  // The console works below whatever path it is mounted at.
  base: './',
  plugins: [sdkNames, compress],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: site,
    emptyOutDir: true,
    target: 'es2023',
    // Nothing inline: the content security policy has no room for it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // In kilobytes. The editor has 500, and is loaded when one is opened.
    chunkSizeWarningLimit: 600,
    // How long the compression takes is known.
    rolldownOptions: { checks: { pluginTimings: false } }
  }
})
