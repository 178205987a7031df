const given = Number(process.env['WEIR_TEST_TIMEOUT_SCALE'] ?? 1)

/**
 * Factor for deadlines and time bounds in tests, from `WEIR_TEST_TIMEOUT_SCALE`. The tests of this repository get a
 * factor that fits the machine's load.
 */
export const TIME_SCALE: number = Number.isFinite(given) && given > 0 ? given : 1
