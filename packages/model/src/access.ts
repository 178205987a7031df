import { z } from 'zod'
import { comment, name } from './name.ts'

/** What a client of the API may do, from least to most. Each role includes those before it. */
export const roles = ['read', 'operate', 'admin'] as const
export type Role = typeof roles[number]

/** True for a role that includes the needed one. */
export const includesRole = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)

/** Most named tokens. */
export const MAX_TOKENS = 1000
/** Longest life of a token, in seconds: ten years. */
const MAX_LIFE_SECONDS = 315_360_000
/** Longest time in which the secret before a rotation stays valid, in seconds: thirty days. */
const MAX_OVERLAP_SECONDS = 2_592_000

const role = z.enum(roles)
const scopes = z.array(name).min(1).max(64)
const life = z.int().min(1).max(MAX_LIFE_SECONDS)
const time = z.string().describe('ISO 8601 in UTC.')

/** A token to create. */
export const tokenInput = z.strictObject({
  name: name.describe('Its name, as the audit log shows it.'),
  role: role.describe('What it may do: `read` everything and change nothing; `operate` what runs, too; `admin` all.'),
  scopes: scopes.optional().describe(
    'Beginnings of names. The token may write only entities whose names begin with one of them. Default: every entity.'
  ),
  expiresInSeconds: life.optional().describe('Time until it expires. Default: never.'),
  comment
}).describe('A token to create.')
export type TokenInput = z.input<typeof tokenInput>

/** How a token is rotated. */
export const rotateInput = z.strictObject({
  overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(0).describe(
    'Time in which the previous secret stays valid.'
  ),
  expiresInSeconds: life.optional().describe('Time until the new secret expires. Default: never.')
}).describe('How a token is rotated.')
export type RotateInput = z.input<typeof rotateInput>

const shown = {
  name,
  id: z.string().describe(
    'The part of its text between the underscores, which is no secret: it tells which token was found somewhere.'
  ),
  role,
  scopes: scopes.optional().describe('Beginnings of the names of the entities that it may write.'),
  comment,
  createdAt: time,
  rotatedAt: time.optional(),
  expiresAt: time.optional(),
  expired: z.boolean(),
  lastUsedAt: time.optional().describe('Saved once a minute at most.'),
  previous: z.object({ id: z.string(), expiresAt: time }).optional().describe(
    'The secret before the last rotation, while it is valid.'
  )
}

/** A token as the API shows it. */
export const apiToken = z.object(shown).describe('A token, without its secret.')
export type ApiTokenView = z.output<typeof apiToken>

/** A token as it is shown once. */
export const newApiToken = z.object({
  ...shown,
  token: z.string().describe(
    'The text to send: `Authorization: Bearer <token>`. It is shown only here; Weir keeps a hash of it.'
  )
}).describe('A new token, or a new secret of one.')
export type NewApiToken = z.output<typeof newApiToken>

export const apiTokens = z.object({ items: z.array(apiToken) })
