// npm test [-- vitest arguments]: install the services that tests run against, say what will be skipped, run vitest.
import { spawn } from 'node:child_process'
import { installServices, servicesRequired } from '../test/support/services.ts'

const missing = installServices()
for (const [name, why] of missing) console.error(`${name}: ${why}; its tests ${servicesRequired ? 'fail' : 'are skipped'}`)

const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname
const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
child.on('exit', code => { process.exitCode = code ?? 1 })
