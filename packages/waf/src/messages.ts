import type { Inspection, InspectedRequest, InspectionSettings } from './inspected-request.ts'

/** To the process that inspects. */
export type ToInspector =
  | { readonly kind: 'use', readonly settings: readonly InspectionSettings[] }
  | {
    readonly kind: 'inspect'
    readonly id: number
    readonly settings: InspectionSettings
    readonly request: InspectedRequest
  }

/** From it. */
export type FromInspector =
  | { readonly kind: 'ready' }
  /** It cannot inspect: something is not installed, or the rules have a fault. */
  | { readonly kind: 'absent', readonly reason: string }
  | { readonly kind: 'inspected', readonly id: number, readonly inspection: Inspection }
  | { readonly kind: 'failed', readonly id: number, readonly reason: string }

/** Exit code of the process where it has too much memory. */
export const OUT_OF_MEMORY = 12
