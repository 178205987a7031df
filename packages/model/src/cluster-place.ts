import { z } from 'zod'
import { name } from './name.ts'

/**
 * The part of a configuration file that makes a Weir a node of a cluster: the options `--cluster`, `--node` and so on.
 */
export const clusterPlace = z.strictObject({
  store: z.string().min(1).describe('Address of the shared store: `redis://HOST[:PORT]`, `redis+sentinel://HOST,HOST/MASTER` or `redis+cluster://HOST,HOST`; `rediss` for TLS.'),
  node: name.optional().describe('Name of this node. Default: the name of the machine.'),
  configuration: z.enum(['shared', 'own']).optional().describe('One configuration for all nodes (default), or one for each.'),
  passwordFile: z.string().min(1).optional().describe('File with the password of the store; relative to the folder of this file.'),
  caFile: z.string().min(1).optional().describe("File with the authorities of the store's certificate; relative to the folder of this file."),
  certFile: z.string().min(1).optional().describe("File with the certificate that the store asks for, and its private key unless `certKeyFile` has it; relative to the folder of this file."),
  certKeyFile: z.string().min(1).optional().describe('File with the private key of `certFile`; relative to the folder of this file.'),
  keysFile: z.string().min(1).optional().describe('File with the keys that encrypt the configuration in the store, one a line; relative to the folder of this file.')
})
/** Where the shared store of a node is, and who the node is. */
export type ClusterPlace = z.output<typeof clusterPlace>
