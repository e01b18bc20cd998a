"""Leases: taken, renewed, written again, let go of."""

from services.presence.scripts.common import SETTLE

ATTACH = (
    SETTLE
    + """
local people, person, active, news = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name, client, holder, platform, now, deadline, limit, garbage, idle =
    ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9])
local sequence, others = '-1', 0
local fields = redis.call('HGETALL', person)
for i = 1, #fields, 2 do
    local whose = string.match(fields[i], '^lease:(.*)$')
    if whose then
        local ends, known = string.match(fields[i + 1], '^(%S+) %S+ %S+ (%S+)$')
        if tonumber(ends) <= now then
            redis.call('HDEL', person, fields[i], 'tabs:' .. whose, 'used:' .. whose)
        elseif whose == client then
            sequence = known
        else
            others = others + 1
        end
    end
end
if limit > 0 and others >= limit then
    return 0
end
redis.call('HSET', person, 'lease:' .. client, table.concat({deadline, holder, platform, sequence}, ' '))
redis.call('PEXPIRE', person, garbage)
local until_then = redis.call('ZSCORE', people, name)
if not until_then or tonumber(until_then) <= now then
    tell(news, 'changed', name, whole(now))
end
redis.call('ZADD', people, 'GT', deadline, name)
settle(person, active, news, name, now, idle)
return 1
"""
)
"""Takes a client's lease, whoever holds it; sweeps the person's lapsed leases out.

Keys: people, person, active, news. Arguments: name, client, holder, platform, now, deadline, limit (0: none), garbage,
idle limit.
Answers HELD or FULL.
"""

RENEW = (
    SETTLE
    + """
local people, active, news, seen = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, deadline, garbage, lease, idle = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[6])
local watch = redis.call('ZMSCORE', people, 'whole', 'kept')
local since = watch[1] or ARGV[5]
if watch[1] and tonumber(now) - tonumber(watch[2] or 0) > lease then
    since = now
    redis.call('DEL', active)
end
if since ~= watch[1] then
    tell(news, 'gap', '', now)
end
redis.call('ZREMRANGEBYSCORE', people, '-inf', tonumber(now) - tonumber(garbage))
redis.call('ZREMRANGEBYSCORE', seen, '-inf', tonumber(now) - tonumber(ARGV[7]))
redis.call('ZADD', people, since, 'whole')
redis.call('ZADD', people, 'GT', now, 'kept')
local count = (#KEYS - 4) / 2
local answers, chosen = {}, {}
for i = 1, count do
    local person, at = KEYS[4 + i], 5 + 3 * i
    local name, client, holder = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    local held = redis.call('HMGET', person, 'lease:' .. client, 'used:' .. client)
    chosen[i] = KEYS[4 + count + i]
    if not held[1] then
        answers[i] = -3
    else
        local has, platform, sequence = string.match(held[1], '^%S+ (%S+) (%S+) (%S+)$')
        if has ~= holder then
            answers[i] = -2
        else
            redis.call('HSET', person, 'lease:' .. client, table.concat({deadline, holder, platform, sequence}, ' '))
            redis.call('PEXPIRE', person, garbage)
            redis.call('ZADD', people, 'GT', deadline, name)
            answers[i] = tonumber(sequence)
            if held[2] and tonumber(held[2]) + idle >= tonumber(now) then
                settle(person, active, news, name, tonumber(now), idle)
            end
        end
    end
end
if count > 0 then
    chosen = redis.call('MGET', unpack(chosen))
end
return {answers, chosen}
"""
)
"""Looks after one bucket, and renews the leases of some of its clients, each only where its holder is still the same.

Keys: people, active, news, seen, then the person of each client, then the chosen status of each. Arguments: now,
deadline, garbage, lease, since when a store that is empty counts as whole, idle limit, for how long it is remembered
when people were seen; then for each client: name, client, holder.
Answers for each client LOST, TAKEN, or the sequence of its report (NO_REPORT for none); and what its person has chosen.
"""

RESTORE = (
    SETTLE
    + """
local people, person, active, news, seen, chosen = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local name, client, holder, platform, now, deadline, garbage, idle =
    ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7], tonumber(ARGV[8])
local sequence, tabs, used, seen_at, choice, choice_garbage =
    ARGV[9], ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local held = redis.call('HGET', person, 'lease:' .. client)
if held then
    local has, known = string.match(held, '^%S+ (%S+) %S+ (%S+)$')
    if has ~= holder then
        return -2
    end
    sequence = known
elseif sequence ~= '-1' then
    redis.call('HSET', person, 'tabs:' .. client, tabs)
    if used ~= '' then
        redis.call('HSET', person, 'used:' .. client, used)
    end
    if seen_at ~= '' then
        redis.call('ZADD', seen, 'GT', seen_at, name)
    end
end
redis.call('HSET', person, 'lease:' .. client, table.concat({deadline, holder, platform, sequence}, ' '))
redis.call('PEXPIRE', person, garbage)
redis.call('ZADD', people, 'GT', deadline, name)
if choice ~= '' and redis.call('SET', chosen, choice, 'NX') and choice_garbage ~= '0' then
    redis.call('PEXPIRE', chosen, choice_garbage)
end
tell(news, 'changed', name, whole(now))
settle(person, active, news, name, now, idle)
return 1
"""
)
"""Writes a lease that the store has lost again, with the report and the chosen status; one that is there is renewed for
the same holder.

Keys: people, person, active, news, seen, chosen. Arguments: name, client, holder, platform, now, deadline, garbage,
idle limit, sequence, tabs, used, seen, chosen status, its garbage (0: none); empty is nothing.
Answers HELD or TAKEN.
"""

PART = (
    SETTLE
    + """
local people, person, active, news = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name, client, holder, now, deadline, idle =
    ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local held = redis.call('HGET', person, 'lease:' .. client)
if not held then
    return -3
end
local ends, has, platform, sequence = string.match(held, '^(%S+) (%S+) (%S+) (%S+)$')
if has ~= holder then
    return -2
end
if tonumber(deadline) < tonumber(ends) then
    ends = deadline
end
redis.call('HSET', person, 'lease:' .. client, table.concat({ends, '-', platform, sequence}, ' '))
local latest = ends
local fields = redis.call('HGETALL', person)
for i = 1, #fields, 2 do
    local other = string.match(fields[i], '^lease:') and string.match(fields[i + 1], '^%S+')
    if other and tonumber(other) > tonumber(latest) then
        latest = other
    end
end
redis.call('ZADD', people, latest, name)
tell(news, 'changed', name, whole(now))
settle(person, active, news, name, now, idle)
return 1
"""
)
"""Lets go of a lease, if its holder is still the same: nobody holds it any more, and it ends no later than `deadline`.

A renewal that comes after it finds another holder, and does nothing.

Keys: people, person, active, news. Arguments: name, client, holder, now, deadline, idle limit.
Answers LOST, TAKEN or HELD.
"""
