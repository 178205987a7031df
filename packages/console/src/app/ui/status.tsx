import type { EntityStatus } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { Badge } from './badge.tsx'

/** How an entity is, in the API's words, with the reason where it is not up. */
export const Status = ({ status }: { readonly status: EntityStatus | undefined }): JSX.Element | null => status === undefined
  ? null
  : (
    <span class="status">
      <Badge state={status.value} />
      {status.reason !== undefined && <span class="muted reason">{status.reason}</span>}
    </span>
  )
