import { closeReasons, type CloseReason } from '@weirlb/model'
import { z } from 'zod'

/** Why a connection ended. */
export const closeReason = z.enum(Object.keys(closeReasons) as [CloseReason, ...CloseReason[]])
