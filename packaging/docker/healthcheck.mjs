// Exits with 0 while the control process of Weir answers. WEIR_API is its API, where that is not the default.
const base = process.env.WEIR_API || 'http://127.0.0.1:8080'
try {
  const { ok } = await fetch(new URL('/livez', base), { signal: AbortSignal.timeout(2500) })
  process.exit(ok ? 0 : 1)
} catch {
  process.exit(1)
}
