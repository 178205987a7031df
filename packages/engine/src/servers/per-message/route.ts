import type { Balancer } from '../../balancing/balancer.ts'

/**
 * The route of a message to its service: the LB vserver of the request, and the one that chose, which is the same or
 * a backup.
 */
export interface Route { readonly asked: Balancer, readonly by: Balancer }
