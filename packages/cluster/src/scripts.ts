// What runs in the store. Each script is one atomic step, and one round trip.

/**
 * Operations on entries, by the rules of `shared-entry.ts` of `@weirlb/core`; both pass the same suite.
 *
 *     KEYS  the key of each operation's entry
 *     ARGV  node, lease, grant, channel, and a line for each operation: 'WHAT SERVICE TTL UNAVAILABLE', of which the
 *           last is as ',a,b,'
 *     value w1 SERVICE UNTIL GRANTEE ,NODE,NODE,
 *
 * Returns `outcome service ms` for each, one a line. An outcome with `!` means that the value was no entry.
 */
export const sessionScript = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local node, lease, grant, channel = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local mine = ',' .. node .. ','
local out = {}
-- A number becomes text, and a text a number, once in a script: the C library did so for a tenth of the time.
local function memo (make)
  return setmetatable({}, { __index = function (known, from)
    local made = make(from)
    known[from] = made
    return made
  end })
end
local text = memo(function (number) return string.format('%.0f', number) end)
local number = memo(tonumber)
local function save (key, service, til, grantee, nodes, ms)
  redis.call('SET', key, 'w1 ' .. service .. ' ' .. text[til] .. ' ' .. grantee .. ' ' .. nodes, 'PXAT', text[now + ms])
end
local function keep (key, service, til, grantee, nodes)
  redis.call('SET', key, 'w1 ' .. service .. ' ' .. text[til] .. ' ' .. grantee .. ' ' .. nodes, 'KEEPTTL')
end
local ops = string.gmatch(ARGV[5], '(%a+) (%S*) (%d+) (%S*)\\n')
for i = 1, #KEYS do
  local key = KEYS[i]
  local what, service, ttl, away = ops()
  ttl = number[ttl]
  local value, damaged = redis.pcall('GET', key), ''
  local s, til, grantee, nodes
  if type(value) == 'string' then
    s, til, grantee, nodes = string.match(value, '^w1 (%S*) (%d+) (%S+) (%S+)$')
    if s == nil then damaged = '!' end
  elseif value then
    damaged = '!'
  end
  til = til and number[til] or 0
  if til > now + grant then til = now + grant end
  local stands = s ~= nil and s ~= ''
  local granted = s ~= nil and til > now and grantee ~= node
  local outcome, named, ms
  if what == 'find' then
    outcome, named, ms = stands and 'hit' or 'none', stands and s or '', 0
  elseif what == 'release' then
    outcome, named, ms = 'none', '', 0
    local from, to
    if s ~= nil then from, to = string.find(nodes, mine, 1, true) end
    if from then
      outcome, named = 'hit', s
      nodes = string.sub(nodes, 1, from) .. string.sub(nodes, to + 1)
      if nodes ~= ',' then
        keep(key, s, til, grantee, nodes)
      else
        local left = math.max(ttl, til - now)
        if left <= 0 then redis.call('DEL', key) else save(key, s, til, grantee, nodes, left) end
      end
    end
  elseif what == 'delete' then
    outcome, named, ms = stands and 'hit' or 'none', stands and s or '', 0
    if granted then save(key, '', til, grantee, ',', til - now) else redis.call('DEL', key) end
    if stands then redis.call('PUBLISH', channel, 'm ' .. node .. ' - ' .. key) end
  elseif what == 'set' and (s == service or not granted) then
    local was = stands and s or ''
    outcome, named, ms = was == service and 'hit' or stands and 'moved' or 'made', service, 0
    if was ~= service then
      til, grantee = now, node
      if not stands then nodes = ',' end
    end
    save(key, service, til, grantee, nodes, math.max(1, til - now, ttl + (nodes ~= ',' and lease or 0)))
    if outcome == 'moved' then redis.call('PUBLISH', channel, 's ' .. node .. ' ' .. service .. ' ' .. key) end
  else
    local leads = stands and (what == 'claim' and not string.find(away, ',' .. s .. ',', 1, true) or (what == 'hold' or what == 'pin') and s == service)
    if leads then
      outcome, named, ms = 'hit', s, grant
      if not string.find(nodes, mine, 1, true) then nodes = nodes .. node .. ',' end
      if grantee == '!' and til + grant > now then
        ms = 0
      else
        grantee = (til <= now or grantee == node) and node or '*'
        til = now + grant
      end
      save(key, s, til, grantee, nodes, lease + ttl)
    elseif stands and what == 'hold' then
      outcome, named, ms = 'other', s, 0
    elseif granted then
      outcome, named, ms = 'wait', s, til - now
      keep(key, s, til, '!', nodes)
    else
      outcome, named, ms = stands and 'moved' or 'made', service, grant
      save(key, service, now + grant, node, mine, lease + ttl)
      if stands then redis.call('PUBLISH', channel, 'm ' .. node .. ' ' .. service .. ' ' .. key) end
    end
  end
  out[i] = outcome .. damaged .. ' ' .. named .. ' ' .. text[ms]
end
return table.concat(out, '\\n')
`

/**
 * Returns for each key of an entry its value and the milliseconds that it has left.
 *
 *     KEYS  keys of entries
 */
export const listScript = `
local out = {}
for i = 1, #KEYS do
  local value = redis.pcall('GET', KEYS[i])
  out[2 * i - 1] = type(value) == 'string' and value or ''
  out[2 * i] = redis.call('PTTL', KEYS[i])
end
return out
`

/**
 * Returns name, value, version and age of each record of a kind; version 0: it is none.
 *
 *     KEYS  the records of the kind
 *     field NAME: VERSION WRITTEN EXPIRES VALUE
 */
export const readScript = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local out = {}
local all = redis.pcall('HGETALL', KEYS[1])
if all.err then return { '*', '', 0, 0 } end
for i = 1, #all, 2 do
  local version, written, expires, value = string.match(all[i + 1], '^(%d+) (%d+) (%d+) (.*)$')
  if version == nil then
    out[#out + 1] = all[i]; out[#out + 1] = ''; out[#out + 1] = 0; out[#out + 1] = 0
  elseif expires ~= '0' and tonumber(expires) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  else
    out[#out + 1] = all[i]; out[#out + 1] = value; out[#out + 1] = tonumber(version); out[#out + 1] = now - tonumber(written)
  end
end
return out
`

/**
 * Writes a record if it has the expected version, and returns the new one; -1: it has not.
 *
 *     KEYS  the records of the kind, the counter of versions
 *     ARGV  name, value, '1' to remove it, expected version or '', ttl or '0', channel, kind
 */
export const writeScript = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local name, value, removes, expect, ttl = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4], tonumber(ARGV[5])
local found = redis.pcall('HGET', KEYS[1], name)
if type(found) == 'table' then
  redis.call('DEL', KEYS[1])
  found = false
end
local version, expires = '0', '0'
if found then
  version, expires = string.match(found, '^(%d+) %d+ (%d+) ')
  if version == nil or expires ~= '0' and tonumber(expires) <= now then version = '0' end
end
if expect ~= '' and expect ~= version then return -1 end
local new = 0
if removes then
  redis.call('HDEL', KEYS[1], name)
else
  new = redis.call('INCR', KEYS[2])
  -- A store that lost the counter must not give a version twice.
  if new < now then
    new = now
    redis.call('SET', KEYS[2], string.format('%.0f', new))
  end
  redis.call('HSET', KEYS[1], name, string.format('%.0f %.0f %.0f ', new, now, ttl > 0 and now + ttl or 0) .. value)
end
redis.call('PUBLISH', ARGV[6], 'r ' .. ARGV[7])
return new
`

/**
 * Returns the commands that a user may not run in scripts.
 *
 *     KEYS  a key that is not used
 */
export const permissionScript = `
local tried = {
  { 'SET', KEYS[1], '1', 'PX', '1000' }, { 'GET', KEYS[1] }, { 'PTTL', KEYS[1] }, { 'DEL', KEYS[1] }, { 'INCR', KEYS[1] }, { 'DEL', KEYS[1] },
  { 'HSET', KEYS[1], 'a', '1' }, { 'HGET', KEYS[1], 'a' }, { 'HGETALL', KEYS[1] }, { 'HDEL', KEYS[1], 'a' }, { 'DEL', KEYS[1] }, { 'PUBLISH', ARGV[1], '' }, { 'TIME' }
}
local denied = {}
for _, command in ipairs(tried) do
  local answer = redis.pcall(unpack(command))
  if type(answer) == 'table' and answer.err then denied[#denied + 1] = command[1] .. ' ' .. answer.err end
end
return denied
`
