import type { Role } from '@weirlb/model'
import { auditRoutes } from './audit-routes.ts'
import { banRoutes } from './ban-routes.ts'
import { bindingRoutes, monitorBindingRoutes } from './binding-routes.ts'
import { collectionRoutes } from './collection-routes.ts'
import { configRoutes } from './config-routes.ts'
import { edgeFunctionRoutes } from './edge-function-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { execRoutes } from './exec-routes.ts'
import { explainRoutes } from './explain-routes.ts'
import { floodRoutes } from './flood-routes.ts'
import { healthRoutes } from './health-routes.ts'
import { historyRoutes } from './history-routes.ts'
import { memberRoutes } from './member-routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { rateLimitRoutes } from './rate-limit-routes.ts'
import type { Route } from './route.ts'
import { ruleRoutes } from './rule-routes.ts'
import { runtimeRoutes } from './runtime-routes.ts'
import { listRoutes } from './list-routes.ts'
import { jobRoutes } from './job-routes.ts'
import { revisionRoutes } from './revision-routes.ts'
import { securityRoutes } from './security-routes.ts'
import { serverRoutes } from './server-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { traceRoutes } from './trace-routes.ts'
import { transactionRoutes } from './transaction-routes.ts'

/** Every operation of the API. `document` returns their description, which one of them shows. */
export const allRoutes = (document: (routes: readonly Route[]) => Promise<object>): Route[] => {
  const roleOf = (operation: string): Role => roles.get(operation) ?? 'admin'
  const routes: Route[] = [
    ...collectionRoutes(),
    ...bindingRoutes(),
    ...monitorBindingRoutes(),
    ...memberRoutes(),
    ...listRoutes(),
    ...configRoutes(),
    ...revisionRoutes(),
    ...transactionRoutes(),
    ...execRoutes(roleOf),
    ...jobRoutes(),
    ...sessionRoutes(),
    ...runtimeRoutes(),
    ...healthRoutes(),
    ...historyRoutes(),
    ...explainRoutes(),
    ...ruleRoutes(),
    ...securityRoutes(),
    ...rateLimitRoutes(),
    ...banRoutes(),
    ...floodRoutes(),
    ...edgeFunctionRoutes(),
    ...nodeRoutes(),
    ...traceRoutes(),
    ...eventRoutes(),
    ...tokenRoutes(),
    ...auditRoutes(),
    ...serverRoutes(async () => await document(routes))
  ]
  const roles = new Map(routes.map(({ operationId, role }) => [operationId, role]))
  return routes
}
