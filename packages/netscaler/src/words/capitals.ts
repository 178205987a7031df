/** NetScaler writes `LEASTCONNECTION` for `least-connection`. */
export const capitals = (value: string): string => value.toUpperCase().replaceAll('-', '')
