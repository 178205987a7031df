import { z } from 'zod'
import { filePath } from './file-path.ts'
import { comment, name } from './name.ts'

/** A file that knows countries or autonomous systems of addresses. */
export const geoDatabase = z.strictObject({
  name: name.describe('Name of the database.'),
  mmdbFile: filePath.describe('File in the format mmdb, such as GeoLite2-Country, GeoLite2-ASN, or those of DB-IP. Weir looks for a new one every few seconds, and takes it as a whole; one that it cannot read leaves the one before in use.'),
  comment
})
export type GeoDatabase = z.infer<typeof geoDatabase>
