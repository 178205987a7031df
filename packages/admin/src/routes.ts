import { bindingRoutes } from './binding-routes.ts'
import { collectionRoutes } from './collection-routes.ts'
import { configRoutes } from './config-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { execRoutes } from './exec-routes.ts'
import { explainRoutes } from './explain-routes.ts'
import { healthRoutes } from './health-routes.ts'
import { memberRoutes } from './member-routes.ts'
import { openApi, type ApiPlace, type OpenApi } from './openapi.ts'
import type { Route } from './route.ts'
import { runtimeRoutes } from './runtime-routes.ts'
import { jobRoutes } from './job-routes.ts'
import { serverRoutes } from './server-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { traceRoutes } from './trace-routes.ts'
import { transactionRoutes } from './transaction-routes.ts'

/** Every operation of the API, and their description for one place. */
export const api = (place: ApiPlace): { readonly routes: readonly Route[], readonly document: OpenApi } => {
  const routes: Route[] = [...collectionRoutes(), ...bindingRoutes(), ...memberRoutes(), ...configRoutes(), ...transactionRoutes(), ...execRoutes(), ...jobRoutes(), ...sessionRoutes(), ...runtimeRoutes(), ...healthRoutes(), ...explainRoutes(), ...traceRoutes(), ...eventRoutes(), ...serverRoutes(() => document)]
  const document = openApi(routes, place)
  return { routes, document }
}
