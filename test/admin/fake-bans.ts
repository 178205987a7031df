import type { BanInfo, Bans } from 'weirlb'

/** Bans that end never. */
export const fakeBans = (): Bans => {
  const bans = new Map<string, BanInfo>()
  return {
    list: limit => [...bans.values()].slice(0, limit),
    get: address => bans.get(address),
    set: ({ address, seconds, comment }) => {
      const ban = {
        address,
        by: undefined,
        comment,
        since: '2030-01-01T00:00:00.000Z',
        endsAt: '2030-01-01T01:00:00.000Z',
        remainingSeconds: seconds
      }
      bans.set(address, ban)
      return ban
    },
    delete: address => bans.delete(address),
    deleteAll: () => {
      const count = bans.size
      bans.clear()
      return count
    }
  }
}
