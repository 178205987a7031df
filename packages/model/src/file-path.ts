import { z } from 'zod'

/** Where a file is on the machine that Weir runs on; relative to nothing. */
export const filePath = z.string().max(4096)
  .refine(path => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path), {
    message: 'expected the absolute path of a file'
  })
