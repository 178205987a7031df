import type { ComponentType } from 'preact'

/** A page of the console. */
export interface PageEntry {
  /** First part of its address: `connections` for `#/connections`. */
  readonly path: string
  readonly title: string
  readonly section: 'Watch' | 'Teach' | 'Configure' | 'Protect'
  /** Loads its module, when it is first opened. */
  load (): Promise<ComponentType>
}

/** Every page, in the order of the navigation. This table is all that a new page is entered in. */
export const pages: readonly PageEntry[] = [
  {
    path: 'overview',
    title: 'Overview',
    section: 'Watch',
    load: async () => (await import('../pages/overview/overview.tsx')).Overview
  },
  {
    path: 'topology',
    title: 'Topology',
    section: 'Watch',
    load: async () => (await import('../pages/topology/topology.tsx')).Topology
  },
  {
    path: 'connections',
    title: 'Connections',
    section: 'Watch',
    load: async () => (await import('../pages/connections/connections.tsx')).Connections
  },
  {
    path: 'sessions',
    title: 'Sessions',
    section: 'Watch',
    load: async () => (await import('../pages/sessions/sessions.tsx')).Sessions
  },
  {
    path: 'nodes',
    title: 'Nodes',
    section: 'Watch',
    load: async () => (await import('../pages/nodes/nodes.tsx')).Nodes
  },
  {
    path: 'extensions',
    title: 'Extensions',
    section: 'Teach',
    load: async () => (await import('../pages/extensions/extensions.tsx')).Extensions
  },
  {
    path: 'functions',
    title: 'Edge functions',
    section: 'Teach',
    load: async () => (await import('../pages/functions/functions.tsx')).Functions
  },
  {
    path: 'configuration',
    title: 'Configuration',
    section: 'Configure',
    load: async () => (await import('../pages/configuration/configuration.tsx')).Configuration
  },
  {
    path: 'revisions',
    title: 'Revisions',
    section: 'Configure',
    load: async () => (await import('../pages/revisions/revisions.tsx')).Revisions
  },
  {
    path: 'rules',
    title: 'Rules',
    section: 'Protect',
    load: async () => (await import('../pages/rules/rules.tsx')).Rules
  },
  {
    path: 'access',
    title: 'Access',
    section: 'Protect',
    load: async () => (await import('../pages/access/access.tsx')).Access
  },
  {
    path: 'rate-limits',
    title: 'Rate limits',
    section: 'Protect',
    load: async () => (await import('../pages/rate-limits/rate-limits.tsx')).RateLimits
  },
  {
    path: 'managed-checks',
    title: 'Managed checks',
    section: 'Protect',
    load: async () => (await import('../pages/managed-checks/managed-checks.tsx')).ManagedChecks
  },
  {
    path: 'security',
    title: 'Security',
    section: 'Protect',
    load: async () => (await import('../pages/security/security.tsx')).Security
  }
]
