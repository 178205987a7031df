/** Optimistic concurrency, in the words of an If-Match field: the write happens only if the target still has one of these ETags (`*`: if it exists). */
export interface WriteOptions { readonly ifMatch?: string | undefined }
