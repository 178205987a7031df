import type { Route } from './route.ts'

/** `/v1/services/{name}` of `/services/:name`. */
export const templateOf = (route: Route): string => `/v1${route.path.replace(/:([^/]+)/g, '{$1}')}`
