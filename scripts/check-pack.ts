// npm run check:pack [-- --keep], after npm run build: are the packages, as they would be published, usable by
// someone who installs them?
//   1. pack each with pnpm      2. publint, and are-the-types-wrong
//   3. every package.json has a registry's fields, and every link of a README leads to a packed page or file
//   4. install the tarballs with npm into an empty project
//   5. import every entry under Node, with and without types      6. run the installed weir, and a program around the
// installed library
//   7. walk through the tutorial with nothing but the tarballs
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { differences, walk } from './docs/walk.ts'
import { pack } from './pack.ts'
import { publishedPackages } from './published-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const project = mkdtempSync(join(tmpdir(), 'weir-pack-'))
const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) }

const run = (what: string, command: string, args: readonly string[], cwd = project): void => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${what} failed: ${error?.message ?? `${stdout}${stderr}`}`)
  console.log(`${what}: ok`)
}

/** Files of a tarball, as they are called inside the package. */
const filesOf = (tarball: string): ReadonlySet<string> => {
  const { stdout } = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
  return new Set(stdout.split('\n').map(path => path.replace(/^package\//, '')))
}

const readOf = (tarball: string, path: string): string =>
  spawnSync('tar', ['-xzOf', tarball, `package/${path}`], { encoding: 'utf8' }).stdout

/** Fields that a registry shows or npm needs. A repository is not among them: there is no public one yet. */
const wanted = ['name', 'version', 'description', 'keywords', 'license', 'type', 'engines', 'exports', 'files'] as const

const checkManifests = (tarballs: ReadonlyMap<string, string>): void => {
  for (const [name, tarball] of tarballs) {
    const manifest = JSON.parse(readOf(tarball, 'package.json')) as Readonly<Record<string, unknown>>
    const missing = wanted.filter(field => manifest[field] === undefined || manifest[field] === '')
    if (missing.length > 0) throw new Error(`package.json of ${name} lacks ${missing.join(', ')}`)
    const files = filesOf(tarball)
    for (const file of ['README.md', 'LICENSE', ...name === 'weirlb' ? ['CHANGELOG.md', 'SECURITY.md', 'bin/weir.js'] : []]) if (!files.has(file)) throw new Error(`${name} is packed without ${file}`)
    for (const [door, target] of Object.entries(manifest['exports'] as Record<string, string | { readonly types?: string }>)) {
      // A door to data, such as a JSON Schema, is a file and has no types.
      if (typeof target === 'string') {
        if (!files.has(target.slice(2))) throw new Error(`door ${door} of ${name} is packed without its file`)
      } else if (target.types === undefined || !files.has(target.types.slice(2)))
        throw new Error(`door ${door} of ${name} is packed without its types`)
    }
  }
  console.log('every package.json: ok')
}

const checkLinks = (tarballs: ReadonlyMap<string, string>): void => {
  const files = new Map([...tarballs].map(([name, tarball]) => [name, filesOf(tarball)]))
  let followed = 0
  for (const [name, tarball] of tarballs) {
    for (const [, target = ''] of readOf(tarball, 'README.md').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      const page = /^https:\/\/www\.npmjs\.com\/package\/(.+)$/.exec(target)?.[1]
      const [, owner = '', path = ''] = /^https:\/\/unpkg\.com\/(@?[^@]+)@[^/]+\/(.+)$/.exec(target) ?? []
      const there = page === undefined
        ? files.get(owner)?.has(path) === true || [...files.get(owner) ?? []].some(file => file.startsWith(`${path}/`))
        : files.has(page)
      if (!there && !target.startsWith('https:')) throw new Error(`README of ${name} has the relative link ${target}`)
      if (!there && (page !== undefined || owner !== ''))
        throw new Error(`README of ${name} links to ${target}, which no tarball holds`)
      followed++
    }
  }
  console.log(`${followed} links of READMEs: ok`)
}

const install = (tarballs: ReadonlyMap<string, string>): void => {
  writeFileSync(join(project, 'package.json'), JSON.stringify({
    private: true,
    type: 'module',
    dependencies: Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`])),
    // The packages' dependencies on each other are these tarballs too, whatever a registry has under their names.
    overrides: Object.fromEntries([...tarballs.keys()].map(name => [name, `$${name}`]))
  }))
  run('npm install', 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'])
}

const importDoors = (doors: readonly string[]): void => {
  const imports = doors.map((door, i) =>
    door.endsWith('.json')
      ? `import door${i} from '${door}' with { type: 'json' }\n`
      : `import * as door${i} from '${door}'\n`
  )
  writeFileSync(
    join(project, 'doors.js'),
    `${imports.join('')}export default [${doors.map((_, i) => `door${i}`).join(', ')}]\n`
  )
  run(`import ${doors.join(', ')}`, process.execPath, ['--no-node-snapshot', 'doors.js'])
  writeFileSync(join(project, 'doors.ts'), readFileSync(join(project, 'doors.js')))
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'ES2023',
        module: 'NodeNext',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')]
      },
      files: ['doors.ts']
    })
  )
  run('types of every door', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json'])
}

const source = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection',
  client: { framing: frame.lines({ max: 1024 }), onMessage: () => forward({ then: 'tunnel' }) }
})`

/** The installed program loads a builtin and an author's extension, in a worker process of its own. */
const runWeir = async (): Promise<void> => {
  const config = {
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }, { name: 'lines', source }],
    userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }, { name: 'LINES', transport: 'tcp', extension: 'lines' }],
    lbVservers: [{ name: 'lb' }],
    userVservers: ['MQTT', 'LINES'].map(protocol => ({
      name: protocol.toLowerCase(),
      protocol,
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb'
    }))
  }
  writeFileSync(join(project, 'weir.json'), JSON.stringify(config))
  const weir = spawn(join(project, 'node_modules/.bin/weir'), ['serve', '--config', 'weir.json', '--admin', '127.0.0.1:0', '--workers', '1'], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  weir.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  const exited = new Promise<number | null>(resolve => {
    weir.on('exit', resolve)
  })
  const ready = new Promise<string>(resolve => {
    weir.stdout.once('data', (line: Buffer) => {
      resolve((JSON.parse(line.toString()) as { admin: string }).admin)
    })
  })
  try {
    const admin = await Promise.race([ready, exited])
    if (typeof admin !== 'string') throw new Error(`the installed weir ended with status ${admin}: ${log}`)
    for (const { name } of config.userVservers) {
      const shown = await (await fetch(`${admin}/v1/user-vservers/${name}`)).json() as {
        status: { listening?: object }
      }
      if (shown.status.listening === undefined)
        throw new Error(`user vserver ${name} of the installed weir does not listen: ${JSON.stringify(shown.status)}`)
    }
  } finally {
    weir.kill('SIGTERM')
  }
  const status = await exited
  if (status !== 0) throw new Error(`the installed weir ended with status ${status}: ${log}`)
  console.log('weir serve, installed: ok')
}

/** Run a program with the installed library and no other code of ours. */
const runProgram = (): void => {
  writeFileSync(join(project, 'app.js'), `
    import { createWeir } from 'weirlb'
    const weir = createWeir({ log: { level: 'silent' }, config: { extensions: [{ name: 'mqtt', builtin: 'mqtt' }] } })
    await weir.start()
    const { value: status } = await weir.extensions.status('mqtt')
    await weir.stop()
    if (status !== 'up') throw new Error(status)
  `)
  run('node app.js', process.execPath, ['app.js'])
}

const walkTutorial = async (): Promise<void> => {
  const folder = join(root, 'examples/first-protocol')
  const different = differences(folder, await walk(folder, join(project, 'tarballs')))
  if (different.length > 0)
    throw new Error(`the tutorial prints something else: ${JSON.stringify(different, undefined, 2)}`)
  console.log('the tutorial, installed: ok')
}

try {
  const tarballs = pack(join(project, 'tarballs'))
  for (const [name, file] of tarballs) {
    run(`publint ${name}`, process.execPath, [join(root, 'node_modules/publint/src/cli.js'), 'run', file, '--strict'])
    run(`types of ${name}`, process.execPath, [join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), file, '--profile', 'esm-only', '--no-emoji'])
  }
  checkManifests(tarballs)
  checkLinks(tarballs)
  install(tarballs)
  importDoors(publishedPackages(root).flatMap(({ doors }) => doors))
  await runWeir()
  runProgram()
  await walkTutorial()
} finally {
  if (!process.argv.includes('--keep')) rmSync(project, { recursive: true })
  else console.log(project)
}
