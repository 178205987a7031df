// What mosquitto's tests start as their broker: the installed mosquitto, on the ports that are behind Weir. The tests'
// own ports are keys of BROKER_PORTS.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const ports = JSON.parse(process.env['BROKER_PORTS'] ?? '{}') as Readonly<Record<string, number>>
const args = process.argv.slice(2)
for (let i = 0; i < args.length - 1; i++) {
  if (args[i] === '-p') args[i + 1] = String(ports[args[i + 1]!] ?? args[i + 1])
  if (args[i] !== '-c') continue
  const file = `${args[i + 1]!}.behind`
  // It writes its files where the test reads them; Debian has its plugin elsewhere.
  writeFileSync(file, `user root\n${readFileSync(args[i + 1]!, 'utf8')}`
    .replace(/^(port|listener) (\d+)/gm, (_, word: string, port: string) => `${word} ${ports[port] ?? port}`)
    .replaceAll('../../plugins/dynamic-security/', '/usr/lib/x86_64-linux-gnu/'))
  args[i + 1] = file
}
const broker = spawn('mosquitto', args, { stdio: 'inherit' })
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () =>
    broker.kill(signal))
broker.on('exit', code => {
  process.exitCode = code ?? 1
})
