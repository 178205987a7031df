/** The files of a new extension, by path. */
export const template = (name: string, version: string): Readonly<Record<string, string>> =>
  files(name, name.replaceAll('-', '_'), version)

/** `prefix`: the name as fields have it, which know no '-'. */
const files = (name: string, prefix: string, version: string): Readonly<Record<string, string>> => ({
  'package.json': `${
    JSON.stringify(
      {
        name,
        version: '0.1.0',
        private: true,
        type: 'module',
        description: `The protocol ${name} for Weir`,
        engines: { node: '>=24' },
        exports: { '.': './src/index.ts' },
        scripts: { test: 'weir extension test' },
        dependencies: { '@weirlb/sdk': version },
        devDependencies: {
          '@types/node': '^24.0.0',
          '@weirlb/testing': version,
          typescript: '>=5.9.0',
          weirlb: version
        }
      },
      null,
      2
    )
  }\n`,
  'extension.json': `${
    JSON.stringify({ name, status: 'experimental', securityPosture: 'unknown', api: 1 }, null, 2)
  }\n`,
  'tsconfig.json': `${
    JSON.stringify(
      {
        compilerOptions: {
          target: 'ES2023',
          lib: ['ES2023'],
          module: 'NodeNext',
          moduleResolution: 'NodeNext',
          types: ['node'],
          strict: true,
          noUncheckedIndexedAccess: true,
          exactOptionalPropertyTypes: true,
          erasableSyntaxOnly: true,
          verbatimModuleSyntax: true,
          allowImportingTsExtensions: true,
          skipLibCheck: true,
          noEmit: true
        },
        include: ['src', 'test']
      },
      null,
      2
    )
  }\n`,
  'src/index.ts': `import { defineProtocol, encodeUtf8, forward, frame, KiB, reject } from '@weirlb/sdk'

/** Lines of text. The first, \`HELLO <name>\`, names the client; the name selects the server. */
export default defineProtocol({
  name: '${name}',
  api: 1,
  balance: 'per-connection',
  fields: { '${prefix}.name': 'string' },

  client: {
    framing: frame.lines({ max: 1 * KiB }),
    onMessage (line, ctx) {
      const name = /^HELLO (\\S+)\\r?\\n$/.exec(line.text())?.[1]
      if (name === undefined) return reject('the first line is not HELLO', encodeUtf8('ERR say HELLO <name> first\\n'))
      ctx.set('${prefix}.name', name)
      return forward({ token: name, session: name, then: 'tunnel' })
    }
  },

  // Declared, so that the goodbye is sent between two lines of the server.
  server: { framing: frame.lines({ max: 64 * KiB }) },
  goodbye: reason => encodeUtf8(\`ERR \${reason}\\n\`)
})
`,
  'test/index.test.ts': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeUtf8, forward, reject } from '@weirlb/sdk'
import { bothRuntimes, drive, everySplit, hex } from '@weirlb/testing'

for (const { runtime, protocol } of await bothRuntimes(new URL('../src/index.ts', import.meta.url))) {
  test(\`the name selects the server, then it tunnels (\${runtime})\`, () => {
    // HELLO dev-01, and a line that is not inspected.
    const t = everySplit(protocol, hex\`48454c4c4f20 6465762d3031 0a  6d6f72650a\`)
    assert.deepEqual(t.verdicts, [forward({ token: 'dev-01', session: 'dev-01', then: 'tunnel' })])
    assert.deepEqual(t.fields, { '${prefix}.name': 'dev-01' })
    assert.equal(t.crossings, 1)
  })

  test(\`anything else is refused with a reason (\${runtime})\`, () => {
    const words = encodeUtf8('ERR say HELLO <name> first\\n')
    const t = everySplit(protocol, encodeUtf8('GET / HTTP/1.1\\r\\n'))
    assert.deepEqual(t.verdicts, [reject('the first line is not HELLO', words)])
    assert.deepEqual(t.returned, words)
    assert.equal(t.closed, 'rejected')
  })

  test(\`the goodbye (\${runtime})\`, () => {
    const t = drive(protocol, encodeUtf8('HELLO dev-01\\n'), { goodbyes: ['no-service'] })
    assert.deepEqual(t.goodbyes, { 'no-service': encodeUtf8('ERR no-service\\n') })
  })
}
`,
  'README.md': `# ${name}

A protocol extension for Weir: what it is and which servers it was tried with belongs here. A \`probe\` beside \`goodbye\` would let monitors ask servers in this protocol.

    weir extension validate src/index.ts              load it, and check its types against the SDK
    weir extension test                               type check, and the tests in both runtimes
    weir extension bench src/index.ts                 messages/s, ns and crossings per message
    weir extension build src/index.ts --out dist      one .js with its source map
    weir extension push src/index.ts --name ${name}   into a running Weir
`
})
