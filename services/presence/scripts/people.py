"""What people do: they report their tabs, choose a status, type."""

from services.presence.scripts.common import SETTLE, TELL

REPORT = (
    SETTLE
    + """
local person, active, news, seen = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name, client, now, sequence, tabs, used, seen_at, idle =
    ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])
local held = redis.call('HGET', person, 'lease:' .. client)
if not held then
    return -3
end
local deadline, holder, platform, known = string.match(held, '^(%S+) (%S+) (%S+) (%S+)$')
if tonumber(deadline) <= now then
    return -3
end
if tonumber(sequence) <= tonumber(known) then
    return 1
end
redis.call('HSET', person,
    'lease:' .. client, table.concat({deadline, holder, platform, sequence}, ' '), 'tabs:' .. client, tabs)
if used == '' then
    redis.call('HDEL', person, 'used:' .. client)
else
    redis.call('HSET', person, 'used:' .. client, used)
end
if seen_at ~= '' then
    redis.call('ZADD', seen, 'GT', seen_at, name)
end
settle(person, active, news, name, now, idle)
return 2
"""
)
"""Replaces a client's report by one with a higher sequence, while the client has a live lease.

Keys: person, active, news, seen. Arguments: name, client, now, sequence, tabs, used, seen, idle limit; empty is none.
Answers LOST, STALE or STORED.
"""

CHOOSE = (
    TELL
    + """
local chosen, news, seen = KEYS[1], KEYS[2], KEYS[3]
local name, choice, garbage, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
choice = choice .. ' ' .. (redis.call('ZSCORE', seen, name) or '0')
redis.call('SET', chosen, choice)
if garbage ~= '0' then
    redis.call('PEXPIRE', chosen, garbage)
end
tell(news, 'changed', name, now)
return choice
"""
)
"""Keeps the status that a person has chosen.

Keys: chosen, news, seen. Arguments: name, status and until when, its garbage (0: none), now.
Answers what was kept.
"""

TYPE = (
    TELL
    + """
local typing, news = KEYS[1], KEYS[2]
local conversation, person, now, till, garbage = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
redis.call('ZREMRANGEBYSCORE', typing, '-inf', now)
if tonumber(till) > tonumber(now) then
    if redis.call('ZADD', typing, till, person) == 1 then
        tell(news, 'typing', conversation, now)
    end
    redis.call('PEXPIRE', typing, garbage)
elseif redis.call('ZREM', typing, person) == 1 then
    tell(news, 'typing', conversation, now)
end
return 1
"""
)
"""Keeps that a person is typing until a time; one that has passed says that they have stopped.

Keys: typing, news. Arguments: conversation, person, now, until, garbage.
"""
