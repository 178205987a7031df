// What the extensions that come with Weir say of themselves, held to what `weir extension new` starts with.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { template } from '../../packages/cli/src/extension/template.ts'

const folder = fileURLToPath(new URL('../../extensions', import.meta.url))
const model = JSON.parse(template('any', '0.1.0')['extension.json']!) as Record<string, unknown>
const json = (name: string, file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as Record<string, unknown>

describe.each(readdirSync(folder))('%s', name => {
  const about = json(name, 'extension.json')

  test('says what a new extension says', () => { expect(Object.keys(about)).toEqual(Object.keys(model)) })

  test('is what it says', async () => {
    const { default: protocol } = await import(join(folder, name, 'src/index.ts')) as {
      default: { name: string, api: number }
    }
    expect({ name: about['name'], api: about['api'] }).toEqual({ name, api: protocol.api })
    expect(protocol.name).toBe(name)
  })

  test('has a status, and a posture that somebody has thought about', () => {
    expect(['experimental', 'alpha', 'stable']).toContain(about['status'])
    expect(about['securityPosture']).toMatch(/client.*server/)
    expect(about['securityPosture']).not.toBe(model['securityPosture'])
  })

  test('is published with it', () => { expect(json(name, 'package.json')['files']).toContain('extension.json') })
})
