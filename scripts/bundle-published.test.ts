import { beforeAll, expect, test } from 'vitest'
import { bundlePublished, published } from './bundle-published.ts'

type Outputs = NonNullable<Awaited<ReturnType<typeof bundlePublished>>['metafile']>['outputs']
let outputs: Record<keyof typeof published, Outputs>

beforeAll(async () => {
  const outputsOf = async (programs: typeof published[keyof typeof published]): Promise<Outputs> =>
    (await bundlePublished(programs, { write: false, metafile: true })).metafile!.outputs
  outputs = { worker: await outputsOf(published.worker), command: await outputsOf(published.command) }
})

/** What a program loads before its first line: packages from npm, and modules of Node. */
const loadedBy = (program: keyof typeof published, entry: string): readonly string[] => {
  const of = outputs[program]
  const [start = ''] = Object.keys(of).filter(path => of[path]!.entryPoint === entry)
  const loaded = new Set([start])
  const fromNode = new Set<string>()
  for (const path of loaded)
    for (const { path: next, kind, external } of of[path]!.imports)
      if (kind === 'import-statement') (external === true ? fromNode : loaded).add(next)
  const inputs = [...loaded].flatMap(path => Object.keys(of[path]!.inputs))
  const packages = inputs.flatMap(path => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  return [...new Set([...packages, ...fromNode])].sort()
}

test('a worker is loaded without schemas, and without what belongs to the control process', () => {
  const packages = loadedBy('worker', 'packages/weir/src/worker/worker-main.ts')
  expect(packages).toEqual(expect.arrayContaining(['pino', 'node:net']))
  // An `import` of node:http loads Node's own fetch.
  for (const absent of ['zod', 'fastify', 'ajv', 'yaml', 'prom-client', 'esbuild', 'typescript', 'node:http'])
    expect(packages).not.toContain(absent)
})

test('a command is loaded without what only others need', () => {
  const packages = loadedBy('command', 'packages/cli/src/run.ts')
  for (const absent of ['fastify', 'yaml', 'pino', 'prom-client']) expect(packages).not.toContain(absent)
})

test('weir serve is loaded without an engine, and without what only some requests and configurations need', () => {
  const packages = loadedBy('command', 'packages/cli/src/serve.ts')
  expect(packages).toContain('fastify')
  for (const absent of ['ajv', 'yaml', 'prom-client', 're2js', 'undici', 'node:http']) expect(packages).not.toContain(absent)
})
