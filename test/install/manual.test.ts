// The manual pages that `weir manual` prints, in the programs that read them.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { grammar } from '@weirlb/netscaler'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithMan, describeWithMandoc } from '../support/describe-with.ts'
import { weirCommand } from '../support/weir-command.ts'

let folder: string
let pages: string[]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-manual-'))
  pages = []
  for (const [name, file] of [['weir', 'weir.1'], ['weir-commands', 'weir-commands.7']] as const) {
    const page = join(folder, file)
    writeFileSync(page, (await weirCommand(['manual', name], { env: { SOURCE_DATE_EPOCH: '1700000000' } })).out)
    pages.push(page)
  }
})
afterAll(() => { rmSync(folder, { recursive: true }) })

describeWithMandoc('mandoc', mandoc => {
  test('finds no fault in the pages', () => {
    const { status, stdout } = spawnSync(mandoc, ['-Tlint', ...pages], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  })
})

describeWithMan('man', man => {
  const shown = (page: string): string => {
    const { status, stdout, stderr } = spawnSync(man, ['-l', page], {
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '200', LC_ALL: 'C.UTF-8', MANPAGER: 'cat', MAN_KEEP_FORMATTING: '' }
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return stdout
  }

  test('shows every command with its options', async () => {
    const text = shown(pages[0]!)
    const { out: help } = await weirCommand(['--help'])
    const asked = [...help.matchAll(/^ {2}(weir [a-z]+(?: [a-z]+)?)|(--[a-z-]+)/gm)].map(([, command, option]) =>
      command ?? option!
    )
    expect(asked).toEqual(expect.arrayContaining(['weir exec', 'weir extension push', '--max-sessions', '--canary']))
    // `--help` and `weir COMMAND` are no rows of the table.
    expect(asked.filter(word => word !== '--help' && word !== '--version' && word !== 'weir' && !text.includes(word)))
      .toEqual([])
    expect(text).toContain('2023-11-14')
    expect(text).toMatch(/SIGUSR2\n\s+Start a successor/)
  })

  test("shows every command of NetScaler's language", () => {
    const text = shown(pages[1]!)
    expect(
      grammar.commands.filter(({ verb, object }) => !text.includes(`\n   ${verb} ${object}\n`)).map((
        { verb, object }
      ) => `${verb} ${object}`)
    ).toEqual([])
    expect(text).toMatch(/-maxClient <maxClients>\n/)
  })
})

test('a page that there is not is refused with those that there are', async () => {
  expect(await weirCommand(['manual', 'none'])).toMatchObject({ status: 2, err: expect.stringContaining("no page 'none'; there are: weir, weir-commands") as string })
})
