import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterOf } from './cluster.ts'
import { readConfigDocument } from './document/config-document.ts'

let directory = ''
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'weir-cluster-')) })
afterAll(() => { rmSync(directory, { recursive: true }) })
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text)
  return join(directory, name)
}

test('the configuration file makes a node, and is a configuration without that', async () => {
  const path = file('weir.yaml', 'cluster:\n  store: redis://${HOST}:7000\n  passwordFile: password\nservices:\n  - {name: a, address: 127.0.0.1, port: 1883}\n')
  const { config, cluster } = await readConfigDocument(path, { HOST: '127.0.0.7' })
  expect(config).toEqual({ services: [{ name: 'a', address: '127.0.0.1', port: 1883 }] })
  expect(cluster).toEqual({ store: 'redis://127.0.0.7:7000', passwordFile: join(directory, 'password') })
  file('password', 'secret\n')
  const made = await clusterOf({}, cluster)
  expect(made!.store.place).toBe('redis://127.0.0.7:7000')
  // The command line decides.
  const other = await clusterOf({ store: 'redis+cluster://127.0.0.8', node: 'n', configuration: 'own' }, cluster)
  expect([other!.store.place, other!.node, other!.configuration]).toEqual([
    'redis+cluster://127.0.0.8:6379',
    'n',
    'own'
  ])
  expect(await clusterOf({}, undefined)).toBeUndefined()
})

test('what is wrong with it has its place in the file', async () => {
  const path = file('wrong.yaml', 'services: []\ncluster:\n  store: redis://127.0.0.1\n  nod: a\n')
  await expect(readConfigDocument(path)).rejects.toThrow(/wrong\.yaml.*cluster.*nod/s)
  await expect(readConfigDocument(file('none.json', '{"cluster":{"node":"a b"}}'))).rejects.toThrow(
    /cluster\.(store|node)/
  )
})

test('options of a cluster need its store, and files that can be read', async () => {
  await expect(clusterOf({ node: 'a' }, undefined)).rejects.toThrow(
    /^--node needs --cluster URL, or `cluster` in the configuration file$/
  )
  await expect(clusterOf({ store: 'redis://127.0.0.1', passwordFile: join(directory, 'absent') }, undefined)).rejects
    .toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/the password file '.*absent' cannot be read \(ENOENT\)/) as string
    })
  await expect(clusterOf({ store: 'redis:/127.0.0.1' }, undefined)).rejects.toMatchObject({ code: 'config-invalid' })
})
