// Set up in every test file: properties are checked with the same cases in each run, so that a run fails for a change
// and not by chance. WEIR_PROPERTY_SEED=N checks other cases.
import fc from 'fast-check'

const DEFAULT_SEED = 20_261_130

fc.configureGlobal({ seed: Number(process.env['WEIR_PROPERTY_SEED'] ?? DEFAULT_SEED) })
