// How `weir serve` writes its log: for people at a terminal, and for programs otherwise.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithScript } from '../support/describe-with.ts'
import { weirBin } from '../support/bundled.ts'


describeWithScript('weir serve at a terminal', script => {
  test.each([
    [
      'pretty by itself, with colours',
      [],
      '',
      /^<2>\d\d:\d\d:\d\d\.\d{3}<0> <32>INFO <0> transport chosen {2}<2>worker=<0>1 <2>transport=<0>node/m
    ],
    [
      'without colours where NO_COLOR is set',
      [],
      'NO_COLOR=1 ',
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}transport chosen {2}worker=1 transport=node reason="/m
    ],
    ['JSON when asked', ['--log-format', 'json'], '', /^\{"level":30,.*"worker":1,.*"msg":"transport chosen"\}/m]
  ])('writes its log %s, workers too', async (_, args, environment, line) => {
    const command = `${environment}exec '${process.execPath}' '${weirBin}' serve --admin 127.0.0.1:0 --workers 1 ${args.join(' ')}`
    const child = spawn(script, ['-qfec', environment === '' ? command : `export ${environment.trim()}; ${command.slice(environment.length)}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '' } })
    let seen = ''
    child.stdout.on('data', (chunk: Buffer) => { seen += chunk.toString().replaceAll('\r\n', '\n') })
    await until(() => seen.includes('"ready":true'), 'the ready line')
    const ended = once(child, 'close')
    child.stdin.write('\u0003')
    await ended
    expect(seen.replaceAll('\u001B[', '<').replaceAll(/(?<=<\d+)m/g, '>')).toMatch(line)
    expect(seen).toContain('stopped')
  })
})
