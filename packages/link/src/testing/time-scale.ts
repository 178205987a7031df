const given = Number(process.env['WEIR_TEST_TIMEOUT_SCALE'] ?? 1)

/**
 * How much longer than usual things may take, from `WEIR_TEST_TIMEOUT_SCALE`: every deadline and every bound of time in a test is multiplied by it. The tests of
 * this repository are given what the load of the machine asks for.
 */
export const TIME_SCALE: number = Number.isFinite(given) && given > 0 ? given : 1
