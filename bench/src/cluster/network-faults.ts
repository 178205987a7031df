// Faults of real processes in network namespaces: three `weir serve`, a redis-server with a replica and three
// Sentinels, and clients that come back through any node. Needs Linux, root, iproute2 and redis-server; nothing leaves
// the namespaces.
//   node bench/src/cluster/network-faults.ts [--minutes N] [--every SECONDS] [--keys N] [--rate N] [--seed N] [--only
// FAULT,…] [--out FILE]
// Without --minutes each fault comes once. Prints a row for each fault, and what the check found; ends with status 1 if
// it found anything, 2 if no namespaces can be made here.
import { fileURLToPath } from 'node:url'
import { bundleWeir } from '../../../scripts/bundle.ts'
import { inOwnNetwork, noNetworks } from './network/place.ts'

const why = process.env['WEIR_OWN_NETWORK'] === '1' ? undefined : noNetworks()
if (why !== undefined) {
  console.log(`no network namespaces can be made here: ${why}`)
  process.exitCode = 2
} else {
  const status = await inOwnNetwork(import.meta.url)
  if (status === undefined) {
    // A node that was killed is back sooner: it loads few files.
    process.env['WEIR_BUNDLE'] ??= await bundleWeir(
      fileURLToPath(new URL('../../../node_modules/.cache/weir-bench', import.meta.url))
    )
    const { runNetworkFaults } = await import('./network/run.ts')
    process.exitCode = await runNetworkFaults()
  } else process.exitCode = status
}
