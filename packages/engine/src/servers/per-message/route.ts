import type { Balancer } from '../../balancing/balancer.ts'

/** How a message came to its service: the LB vserver that was asked, and the one that chose, which is the same or a backup. */
export interface Route { readonly asked: Balancer, readonly by: Balancer }
