import { expect, test } from 'vitest'
import { PathPattern, pathForms } from './path-forms.ts'

const fits = (pattern: string, path: string, host?: string): boolean =>
  new PathPattern(pattern).fits(host, pathForms(path))

test('a path is found in every form in which a server may read it', () => {
  for (const path of ['/admin/users', '/admin/', '//admin/x', '/./admin/x', '/x/../admin/x', '/%61dmin/x', '/%2561dmin/x', '/x/%2e%2e/admin/x', '/x%2f..%2fadmin%2fx', '/admin//x', '/admin/x?next=/', '/%2fadmin/x', '/x/..//admin/x']) {
    expect([path, fits('/admin/*', path)]).toEqual([path, true])
  }
  for (const path of ['/', '/administrator', '/x/admin/', '/?/admin/', '/Admin/x', '/adm%ffin/x'])
    expect([path, fits('/admin/*', path)]).toEqual([path, false])
})

test('a star is any text, and a host may stand in front', () => {
  expect([
    fits('/a*c*e', '/abcde'),
    fits('/a*c*e', '/ace'),
    fits('/a*c*e', '/abde'),
    fits('/a*a', '/a'),
    fits('/*', '/'),
    fits('/a', '/a'),
    fits('/a', '/a/b')
  ]).toEqual([true, true, false, false, true, true, false])
  expect([
    fits('www.example.com/admin*', '/admin', 'www.example.com'),
    fits('WWW.example.com/admin*', '/admin', 'www.example.com'),
    fits('www.example.com/admin*', '/admin', 'example.com'),
    fits('www.example.com/admin*', '/admin')
  ]).toEqual([true, true, false, false])
})

test('a long path costs no more than its length', () => {
  const path = `/${'a'.repeat(200_000)}`
  expect(fits(`/${'*a'.repeat(200)}b`, path)).toBe(false)
})
