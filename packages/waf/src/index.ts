export { findInstallation, type Installation, LIBRARY_VARIABLE, RULES_VARIABLE } from './installation.ts'
export type { Inspection, InspectedRequest, InspectionSettings, MetRule } from './inspected-request.ts'
export { type Inspected, Inspector, type InspectorState, MOST_WAITING, MOST_WAITING_BYTES } from './inspector.ts'
