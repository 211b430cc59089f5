"""Each change of the sessions in Redis as one Lua script: no request sees a state in between."""

# Keep a value until a time, and its id in a sorted set of bounded size, whose oldest go.
# KEYS: value, sorted set. ARGV: value, expiry, now, id, largest size, prefix of the values' keys.
# `#!lua` makes Redis refuse the script while memory is full. Without it, a script that began with
# a command that frees memory may continue to allocate some.
SAVE = """#!lua
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
local surplus = redis.call('ZCARD', KEYS[2]) + 1 - tonumber(ARGV[5])
if surplus > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], surplus)
  for place = 1, #oldest, 2 do redis.call('DEL', ARGV[6] .. oldest[place]) end
end
redis.call('SET', KEYS[1], ARGV[1], 'EXAT', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[4])
redis.call('EXPIREAT', KEYS[2], ARGV[2])
return 1
"""
# Replace the current refresh token. An unexpected one ends the session, unless it is the previous
# token within the grace period: then the pair that followed it is returned again.
# KEYS: session, the user's sessions, next pair. ARGV: presented jti, new jti, expiry, session id,
# next pair, grace period in seconds.
ROTATE = """
local kept = redis.call('GET', KEYS[1])
if not kept then return 'ended' end
local record = cjson.decode(kept)
if record.refresh_jti ~= ARGV[1] then
  local pair = redis.call('GET', KEYS[3])
  if pair and cjson.decode(pair).presented == ARGV[1] then return pair end
  redis.call('DEL', KEYS[1], KEYS[3])
  redis.call('ZREM', KEYS[2], ARGV[4])
  return 'replayed'
end
record.refresh_jti = ARGV[2]
redis.call('SET', KEYS[1], cjson.encode(record), 'EXAT', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
redis.call('EXPIREAT', KEYS[2], ARGV[3], 'GT')
if tonumber(ARGV[6]) > 0 then redis.call('SET', KEYS[3], ARGV[5], 'EX', ARGV[6]) end
return 'rotated'
"""
# KEYS: session, the user's sessions, revoked token. ARGV: session id, seconds.
END = """
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('SET', KEYS[3], '1', 'EX', ARGV[2])
"""
# KEYS: the user's sessions. ARGV: prefix of the sessions' keys.
END_ALL = """
local all = redis.call('ZRANGE', KEYS[1], 0, -1)
for _, session in ipairs(all) do redis.call('DEL', ARGV[1] .. session) end
redis.call('DEL', KEYS[1])
return #all
"""
# KEYS: session, the user's sessions. ARGV: user id, session id.
END_ONE = """
local kept = redis.call('GET', KEYS[1])
if not kept or tostring(cjson.decode(kept).user_id) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
return 1
"""
SCRIPTS = {"save": SAVE, "rotate": ROTATE, "end": END, "end_all": END_ALL, "end_one": END_ONE}
