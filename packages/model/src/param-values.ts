import { z } from 'zod'

const scalar = z.union([z.string(), z.number(), z.boolean()])
/** A parameter's value, as JSON; the extension's declaration defines its type. */
const paramValue = z.union([scalar, z.array(z.record(z.string(), scalar)).max(4096)])

/** Values of parameters by name. */
export const paramValues = z.record(z.string(), paramValue).default({})
