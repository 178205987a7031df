/** A value and the version it was read at (a strong ETag, quotes included). */
export interface Versioned<T> { readonly value: T, readonly etag: string }

/**
 * Optimistic concurrency, as in an If-Match field: the write happens only if the target still has one of these ETags
 * (`*`: if it exists).
 */
export interface WriteOptions { readonly ifMatch?: string | undefined }
