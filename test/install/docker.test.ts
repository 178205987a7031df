// The files for docker, as far as they can be seen without it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseConfig } from '@weirlb/model'
import { expect, test } from 'vitest'
import { describeWithPrometheus } from '../support/describe-with.ts'
import { sharedWeir } from '../support/shared-weir.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const docker = join(root, 'packaging/docker')
const text = (file: string): string => readFileSync(join(docker, file), 'utf8')

test('the image copies files that there are', () => {
  const dockerfile = text('Dockerfile')
  const copied = [...dockerfile.matchAll(/^(?:COPY|ADD) (?!--from)(\S+) \S+$/gm)].map(([, source]) => source!)
  // The tarball has to be made first, and only the ignored folder holds it.
  expect(copied).toEqual(['packed/weir-*-linux-*.tar.gz', 'packaging/docker/healthcheck.mjs'])
  expect(existsSync(join(root, copied[1]!))).toBe(true)
  const sent = text('Dockerfile.dockerignore').split('\n').filter(line => line.startsWith('!')).map(line =>
    line.slice(1)
  )
  expect(sent).toEqual(['packed/*.tar.gz', 'packaging/docker/healthcheck.mjs'])
  const user = /^USER (\d+):\d+$/m.exec(dockerfile)?.[1]
  expect(Number(user)).toBeGreaterThan(0)
})

test('the compose file mounts files that there are, and every service is without rights', () => {
  const compose = text('compose.yaml')
  const mounted = [...compose.matchAll(/(?:- |")(\.\.?\/[^:"]+):\S*:ro/g)].map(([, path]) => path!)
  expect(mounted).toEqual(
    expect.arrayContaining([
      './weir.json',
      './mosquitto.conf',
      './prometheus.yml',
      '../../packages/metrics/prometheus/alerts.yml'
    ])
  )
  expect(mounted.filter(path => !existsSync(join(docker, path)))).toEqual([])
  // mosquitto-2 is mosquitto-1 once more.
  for (const field of ['read_only: true', 'cap_drop: [ALL]', 'restart: unless-stopped'])
    expect(compose.split(field)).toHaveLength(4)
})

test('its configuration is one that Weir takes', () => {
  const config = parseConfig(JSON.parse(text('weir.json')))
  expect(config.services.map(({ address }) => address)).toEqual(['mosquitto-1', 'mosquitto-2'])
  const compose = text('compose.yaml')
  for (const { address } of config.services) expect(compose).toContain(`\n  ${address}:`)
})

test('the health check passes while Weir answers, and fails otherwise', async () => {
  const { api } = await sharedWeir({ workers: 1 })
  const check = (base: string): number | null =>
    spawnSync(process.execPath, [join(docker, 'healthcheck.mjs')], { env: { ...process.env, WEIR_API: base } }).status
  expect([check(api.base), check('http://127.0.0.1:1')]).toEqual([0, 1])
})

describeWithPrometheus('promtool', (_, promtool) => {
  test('finds no fault in the configuration of Prometheus', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-prometheus-'))
    try {
      writeFileSync(join(folder, 'token'), 'token')
      const config = join(folder, 'prometheus.yml')
      writeFileSync(
        config,
        text('prometheus.yml').replace(
          '/etc/prometheus/alerts.yml',
          join(root, 'packages/metrics/prometheus/alerts.yml')
        ).replace('/run/secrets/weir-token', join(folder, 'token'))
      )
      const { status, stderr } = spawnSync(promtool, ['check', 'config', config], { encoding: 'utf8' })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
