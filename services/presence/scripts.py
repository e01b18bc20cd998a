"""What must happen in one step in the store, in Lua (5.1, as Redis 7.2 and Valkey 8 have it).

All keys of a script have one hash tag. The keys, and what stands in them:

- `presence:{b}:people`, a sorted set of everybody in bucket b with clients: the person's name, and as score the latest
  deadline of the person's clients. Beside them two members that are no names: `whole`, since when the store has been
  whole, and `kept`, when a replica last looked after its leases.
- `presence:{b}:person:<name>`, a hash with two fields for each client: `lease:<client>` is
  "<deadline> <holder> <platform> <sequence>" (sequence -1: no report yet), `tabs:<client>` is the report's content.

Times are ms since 1970 and come from the caller. Numbers are kept as the text they came in, because Lua writes large
ones with too few digits. The server's own expiry (`PEXPIRE`) only takes away what nobody looks at any more.
"""

LOST = -3
"""Answer: there is no lease of this client."""

TAKEN = -2
"""Answer: somebody else holds the lease."""

NO_REPORT = -1
"""Answer, and the sequence in a lease: there is no report."""

HELD = 1
"""Answer: the lease is held."""

FULL = 0
"""Answer: the person has as many live clients as are allowed."""

STALE = 1
"""Answer: a report with this sequence or a higher one is there."""

STORED = 2
"""Answer: the report is stored."""

ATTACH = """
local people, person = KEYS[1], KEYS[2]
local name, client, holder, platform, now, deadline, limit, garbage =
    ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), ARGV[8]
local sequence, others = '-1', 0
local fields = redis.call('HGETALL', person)
for i = 1, #fields, 2 do
    local whose = string.match(fields[i], '^lease:(.*)$')
    if whose then
        local ends, known = string.match(fields[i + 1], '^(%S+) %S+ %S+ (%S+)$')
        if tonumber(ends) <= now then
            redis.call('HDEL', person, fields[i], 'tabs:' .. whose)
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
redis.call('ZADD', people, 'GT', deadline, name)
return 1
"""
"""Takes a client's lease, whoever holds it; sweeps the person's lapsed leases out.

Keys: people, person. Arguments: name, client, holder, platform, now, deadline, limit (0: none), garbage.
Answers HELD or FULL.
"""

RENEW = """
local people, now, deadline, garbage, lease = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local watch = redis.call('ZMSCORE', people, 'whole', 'kept')
local since = watch[1] or ARGV[5]
if watch[1] and tonumber(now) - tonumber(watch[2] or 0) > lease then
    since = now
end
redis.call('ZREMRANGEBYSCORE', people, '-inf', tonumber(now) - tonumber(garbage))
redis.call('ZADD', people, since, 'whole')
redis.call('ZADD', people, 'GT', now, 'kept')
local answers = {}
for i = 2, #KEYS do
    local at = 3 * i
    local name, client, holder = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    local held = redis.call('HGET', KEYS[i], 'lease:' .. client)
    if not held then
        answers[i - 1] = -3
    else
        local has, platform, sequence = string.match(held, '^%S+ (%S+) (%S+) (%S+)$')
        if has ~= holder then
            answers[i - 1] = -2
        else
            redis.call('HSET', KEYS[i], 'lease:' .. client, table.concat({deadline, holder, platform, sequence}, ' '))
            redis.call('PEXPIRE', KEYS[i], garbage)
            redis.call('ZADD', people, 'GT', deadline, name)
            answers[i - 1] = tonumber(sequence)
        end
    end
end
return answers
"""
"""Looks after one bucket, and renews the leases of some of its clients, each only where its holder is still the same.

Keys: people, then the person of each client. Arguments: now, deadline, garbage, lease, since when a store that is empty
counts as whole; then for each client: name, client, holder.
Answers for each client LOST, TAKEN, or the sequence of its report (NO_REPORT for none).
"""

RESTORE = """
local people, person = KEYS[1], KEYS[2]
local name, client, holder, platform, deadline, garbage, sequence, tabs =
    ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local held = redis.call('HGET', person, 'lease:' .. client)
if held then
    local has, known = string.match(held, '^%S+ (%S+) %S+ (%S+)$')
    if has ~= holder then
        return -2
    end
    sequence = known
elseif sequence ~= '-1' then
    redis.call('HSET', person, 'tabs:' .. client, tabs)
end
redis.call('HSET', person, 'lease:' .. client, table.concat({deadline, holder, platform, sequence}, ' '))
redis.call('PEXPIRE', person, garbage)
redis.call('ZADD', people, 'GT', deadline, name)
return 1
"""
"""Writes a lease that the store has lost again, with the report; one that is there is renewed for the same holder.

Keys: people, person. Arguments: name, client, holder, platform, deadline, garbage, sequence, tabs.
Answers HELD or TAKEN.
"""

REPORT = """
local person, client, now, sequence, tabs = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
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
return 2
"""
"""Replaces a client's report by one with a higher sequence, while the client has a live lease.

Keys: person. Arguments: client, now, sequence, tabs.
Answers LOST, STALE or STORED.
"""

PART = """
local people, person = KEYS[1], KEYS[2]
local name, client, holder, deadline = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
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
return 1
"""
"""Lets go of a lease, if its holder is still the same: nobody holds it any more, and it ends no later than `deadline`.

A renewal that comes after it finds another holder, and does nothing.

Keys: people, person. Arguments: name, client, holder, deadline.
Answers LOST, TAKEN or HELD.
"""
