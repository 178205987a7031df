import { expect, test } from 'vitest'
import { bundlePublished, published } from './bundle-published.ts'

/** Packages from npm that a program loads before its first line. */
const loadedBy = async (
  programs: typeof published[keyof typeof published],
  entry: string
): Promise<readonly string[]> => {
  const { metafile } = await bundlePublished(programs, { write: false, metafile: true })
  const outputs = metafile!.outputs
  const [start = ''] = Object.keys(outputs).filter(path => outputs[path]!.entryPoint === entry)
  const loaded = new Set([start])
  for (const path of loaded)
    for (const { path: next, kind, external } of outputs[path]!.imports)
      if (external !== true && kind === 'import-statement') loaded.add(next)
  const inputs = [...loaded].flatMap(path => Object.keys(outputs[path]!.inputs))
  return [...new Set(inputs.flatMap(path => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))].sort()
}

test('a worker is loaded without schemas, and without what belongs to the control process', async () => {
  const packages = await loadedBy(published.worker, 'packages/weir/src/worker/worker-main.ts')
  expect(packages).toContain('pino')
  for (const absent of ['zod', 'fastify', 'ajv', 'yaml', 'prom-client', 'esbuild', 'typescript'])
    expect(packages).not.toContain(absent)
})

test('a command is loaded without what only others need', async () => {
  const packages = await loadedBy(published.command, 'packages/cli/src/run.ts')
  for (const absent of ['fastify', 'yaml', 'pino', 'prom-client']) expect(packages).not.toContain(absent)
})

test('weir serve is loaded without an engine, and without what only some requests and configurations need', async () => {
  const packages = await loadedBy(published.command, 'packages/cli/src/serve.ts')
  expect(packages).toContain('fastify')
  for (const absent of ['ajv', 'yaml', 'prom-client', 're2js', 'undici']) expect(packages).not.toContain(absent)
})
