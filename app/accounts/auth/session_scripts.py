"""Each change of the sessions in Redis as one script: nobody sees a state in between."""

# With its first line Redis refuses it while memory is full. Without, a script that has begun with a
# command that frees memory may go on to take some.
OPEN = """#!lua
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
ROTATE = """
local kept = redis.call('GET', KEYS[1])
if not kept then return 'gone' end
local record = cjson.decode(kept)
if record.refresh ~= ARGV[1] then
  local given = redis.call('GET', KEYS[3])
  if given and cjson.decode(given).presented == ARGV[1] then return given end
  redis.call('DEL', KEYS[1], KEYS[3])
  redis.call('ZREM', KEYS[2], ARGV[4])
  return 'replayed'
end
record.refresh = ARGV[2]
redis.call('SET', KEYS[1], cjson.encode(record), 'EXAT', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
redis.call('EXPIREAT', KEYS[2], ARGV[3], 'GT')
if tonumber(ARGV[6]) > 0 then redis.call('SET', KEYS[3], ARGV[5], 'EX', ARGV[6]) end
return 'rotated'
"""
END = """
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('SET', KEYS[3], '1', 'EX', ARGV[2])
"""
END_ALL = """
local all = redis.call('ZRANGE', KEYS[1], 0, -1)
for _, session in ipairs(all) do redis.call('DEL', ARGV[1] .. session) end
redis.call('DEL', KEYS[1])
return #all
"""
END_ONE = """
local kept = redis.call('GET', KEYS[1])
if not kept or tostring(cjson.decode(kept).user) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
return 1
"""
KEEP = """
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
local surplus = redis.call('ZCARD', KEYS[2]) + 1 - tonumber(ARGV[5])
if surplus > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], surplus)
  for place = 1, #oldest, 2 do redis.call('DEL', oldest[place]) end
end
redis.call('SET', KEYS[1], ARGV[1], 'EXAT', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[4])
redis.call('EXPIREAT', KEYS[2], ARGV[2])
return 1
"""
SCRIPTS = {
    "open": OPEN,
    "rotate": ROTATE,
    "end": END,
    "end_all": END_ALL,
    "end_one": END_ONE,
    "keep": KEEP,
}
