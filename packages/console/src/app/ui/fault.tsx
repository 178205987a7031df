import type { JSX } from 'preact'
import { wordsOf } from '../api/api.ts'
import { Icon } from './icon.tsx'

/** What went wrong, in the API's words, where a page shows what it asked for. */
export const Fault = ({ error, onRetry }: { readonly error: unknown, readonly onRetry?: (() => void) | undefined }): JSX.Element | null => error === undefined
  ? null
  : (
    <div class="banner bad" role="alert">
      <Icon name="warning" />
      <span class="grow">{wordsOf(error)}</span>
      {onRetry !== undefined && <button type="button" class="button quiet" onClick={onRetry}>Try again</button>}
    </div>
  )
