import { expect, test } from 'vitest'
import { PathChoices } from './path-choices.ts'
import type { Method, Route } from './route.ts'

const routes = ([['GET', '/a'], ['POST', '/a'], ['GET', '/a/:name'], ['PUT', '/a/:name'], ['POST', '/a/:name/go'], ['POST', '/a/try'], ['GET', '/b/c']] as const)
  .map(([method, path]) => ({ method, path }) as unknown as Route)
const paths = new PathChoices(routes)

test.each<[string, Method[], Record<string, string>]>([
  ['/a', ['GET', 'POST'], {}],
  ['/a/x', ['GET', 'PUT'], { name: 'x' }],
  ['/a/x%20y', ['GET', 'PUT'], { name: 'x y' }],
  ['/a/%zz', ['GET', 'PUT'], { name: '%zz' }],
  ['/a/try', ['POST', 'GET', 'PUT'], { name: 'try' }],
  ['/a/x/go', ['POST'], { name: 'x' }],
  ['/a/', [], {}],
  ['/a//go', [], {}],
  ['/b', [], {}],
  ['/constructor', [], {}],
  ['', [], {}]
])('%s has %j', (path, methods, params) => {
  const found = paths.find(path)
  expect([...found.routes.keys()]).toEqual(methods)
  expect(found.params).toEqual(params)
})

test.each([
  ['', "/v1 has no ''; there are: a, b"],
  ['/', "/v1 has no ''; there are: a, b"],
  ['/c', "/v1 has no 'c'; there are: a, b"],
  ['/b/d', "/v1/b has no 'd'; there are: c"],
  ['/b/c/d', 'nothing is below /v1/b/c'],
  ['/a/x/stop', "/v1/a/x has no 'stop'; there are: go"],
  ['/a/x/stop/now', "/v1/a/x has no 'stop'; there are: go"],
  ['/a/', "/v1/a has no ''; there are: <name>, try"]
])('%s: %s', (path, explanation) => {
  expect(paths.explain(path)).toBe(explanation)
})
