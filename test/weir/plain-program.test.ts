// The library in a program that is started as any other: `node app.js`, without a flag.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createWeir } from 'weirlb'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('createWeir() runs in a plain program, with a worker of its own', () => {
  const program = `
    import { createWeir } from 'weirlb'
    const weir = createWeir({ log: { level: 'silent' } })
    await weir.start()
    await weir.extensions.create({ name: 'mqtt', builtin: 'mqtt' })
    console.log(JSON.stringify({ workers: (await weir.health()).workers.map(({ pid, status }) => [pid !== process.pid, status]), extension: (await weir.extensions.status('mqtt')).value }))
    await weir.stop()
  `
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' }
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({ workers: [[true, 'up']], extension: 'up' })
})

test.each<[object, string]>([
  [{ worker: 2 }, "unknown option 'worker'; there are: config, workers, transport, storage, log, logFormat, accessLog, spans, securityWebhook, builtins, methods, maxSessions, sessionStore"],
  [{ stateDir: './state', admin: true }, "unknown options 'stateDir', 'admin'; there are: config,"],
  [Object.defineProperty({}, '__proto__', { value: 1, enumerable: true }), "unknown option '__proto__'"]
])('an option that is none is refused: %o', (options, message) => {
  expect(() => createWeir(options)).toThrow(message)
  expect(() => createWeir(options)).toThrow(expect.objectContaining({ code: 'config-invalid' }) as Error)
})
