import { openApi, type ApiPlace, type OpenApi } from './openapi.ts'
import type { Route } from './route.ts'
import { allRoutes } from './routes.ts'

/** Every operation of the API, and their description for one place, which is made when it is first read. */
export const api = (place: ApiPlace): { readonly routes: readonly Route[], readonly document: OpenApi } => {
  let made: OpenApi | undefined
  const document = (): OpenApi => made ??= openApi(routes, place)
  const routes = allRoutes(async () => document())
  return { routes, get document () { return document() } }
}
