// What `weir completion` prints, in the shells themselves.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWithFish, describeWithScript, describeWithZsh } from '../support/describe-with.ts'
import { weirBin } from '../support/bundled.ts'
import { weirCommand } from '../support/weir-command.ts'
import { WeirProcess } from '../support/weir-process.ts'

const run = promisify(execFile)
let weir: WeirProcess
let folder: string
/** With the command on the path, and its API. */
let env: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-completion-'))
  const command = join(folder, 'weir')
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${weirBin}' "$@"\n`)
  await chmod(command, 0o755)
  for (const shell of ['bash', 'zsh', 'fish'])
    await writeFile(join(folder, `weir.${shell}`), (await weirCommand(['completion', shell])).out)
  weir = await WeirProcess.start({ workers: 1 })
  await weir.api.call('createExtension', { body: { name: 'of-mqtt', builtin: 'mqtt' } })
  await weir.api.call('createLbVserver', { body: { name: 'brokers' } })
  env = {
    ...process.env as Record<string, string>,
    PATH: [folder, process.env['PATH']].join(delimiter),
    WEIR_API: weir.api.base,
    TERM: 'dumb',
    COLUMNS: '200'
  }
})
afterAll(async () => {
  await weir.stop()
  await rm(folder, { recursive: true })
})

/** What is typed, and what a shell makes of it. Every shell completes the same. */
const completed = [
  ['weir exte', 'weir extension '],
  ['weir extension pu', 'weir extension push '],
  ['weir serve --tr', 'weir serve --transport'],
  ['weir serve --transport u', 'weir serve --transport uring '],
  ['weir extension rollback of', 'weir extension rollback of-mqtt '],
  ['weir exec "sh lb vs br', 'weir exec "sh lb vs brokers'],
  ['weir exec show\\ lb\\ persistentS', 'weir exec show\\ lb\\ persistentSessions'],
  ['weir exec "add service s 192.0.2.1 USER_TCP 80 -maxC', 'weir exec "add service s 192.0.2.1 USER_TCP 80 -maxClient']
] as const

/** Types at a terminal, and waits for what it shows. */
const atTerminal = async (script: string, command: string, setUp: string): Promise<void> => {
  const child = spawn(script, ['-qfec', `stty rows 50 cols 200; exec ${command}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env
  })
  let seen = ''
  child.stdout.on('data', (bytes: Buffer) => { seen += bytes.toString().replaceAll('\u0007', '') })
  const type = async (keys: string, expected: string): Promise<void> => {
    const from = seen.length
    child.stdin.write(keys)
    await until(
      () => seen.slice(from).includes(expected),
      `${JSON.stringify(keys)} to show ${JSON.stringify(expected)}; there is ${JSON.stringify(seen.slice(-300))}`
    )
  }
  try {
    await type(`${setUp}; echo set-''up\n`, 'set-up')
    for (const [typed, expected] of completed) {
      await type(`${typed}\t`, expected)
      // ^U empties the line.
      await type('\u0015echo next-\'\'line\n', 'next-line')
    }
    const ended = once(child, 'exit')
    child.stdin.write('exit\n')
    await ended
  } finally {
    child.kill()
  }
}

describeWithScript('bash', script => {
  test('completes commands, options, values, names of a running Weir, and commands of NetScaler', async () => {
    await atTerminal(
      script,
      'bash --norc --noprofile -i',
      `bind 'set enable-bracketed-paste off'; source '${join(folder, 'weir.bash')}'`
    )
  })

  test('offers what there is', async () => {
    const lines = [
      'weir ',
      'weir extension ',
      'weir extension push --check=',
      'weir exec -',
      'weir explain nobody --side ',
      'weir serve --workers '
    ]
    const ask = `source '${join(folder, 'weir.bash')}'; compopt () { :; }; for line in ${
      lines.map(line => `'${line.replace('=', ' =')}'`).join(' ')
    }; do read -ra COMP_WORDS <<< "$line"; [[ $line == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _weir; echo "\${COMPREPLY[*]}"; done`
    expect((await run('bash', ['--norc', '-c', ask], { env })).stdout.split('\n')).toEqual([
      expect.stringMatching(/^serve check extension .*exec .*--version$/) as string,
      'new validate test bench build push dev rollback promote --help',
      'types off',
      '-f --api --socket --json --help',
      'client server request',
      '',
      ''
    ])
  })
})

describeWithZsh('zsh', zsh => {
  describeWithScript('at a terminal', script => {
    test('completes the same', async () => {
      await atTerminal(
        script,
        `${zsh} -f -i`,
        `autoload -Uz compinit; compinit -u -D; source '${join(folder, 'weir.zsh')}'`
      )
    })
  })
})

describeWithFish('fish', fish => {
  test('completes the same', async () => {
    const asked = completed.map(([typed]) => `complete -C '${typed.replaceAll('\\', '\\\\')}'; echo END`).join('; ')
    const { stdout } = await run(fish, ['--no-config', '-c', `source '${join(folder, 'weir.fish')}'; ${asked}`], { env: { ...env, HOME: folder } })
    const offered = stdout.split('END\n').slice(0, -1).map(lines => lines.split('\n').filter(line => line !== '').map(line => line.split('\t')[0]))
    expect(offered).toEqual([['extension'], ['push'], ['--transport'], ['uring'], ['of-mqtt'], ['sh lb vs brokers'], ['show lb persistentSessions'], ['add service s 192.0.2.1 USER_TCP 80 -maxClient']])
  })
})

describe('weir completion', () => {
  test('names the shells that there are', async () => {
    expect(await weirCommand(['completion'])).toMatchObject({ status: 2, err: expect.stringContaining('there are: bash, zsh, fish') as string })
    expect(await weirCommand(['completion', 'tcsh'])).toMatchObject({ status: 2, err: expect.stringContaining("no shell 'tcsh'; there are: bash, zsh, fish") as string })
  })

  test('offers commands also where no Weir runs, and nothing within a quote of a command', async () => {
    const offline = { env: { WEIR_API: 'http://127.0.0.1:1' } }
    expect((await weirCommand(['completion', 'line', 'show lb v'], offline)).out).toBe('show lb vserver\n')
    expect((await weirCommand(['completion', 'line', 'show lb vserver b'], offline)).out).toBe('')
    expect((await weirCommand(['completion', 'line', 'set service s -comment "a b'], offline)).out).toBe('')
  })
})
