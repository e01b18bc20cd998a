"""What the scripts share: answers, and how it is settled whether a person is active."""

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

NEWS_KEPT = 4_000
"""About how many entries of a bucket's news are kept; a follower that was away for longer is told of a gap."""

ACTIVE = b"active"
FOCUS_LOST = b"focus"
IDLE = b"idle"
LEASE_GONE = b"lease"
"""Kinds of news: somebody became active, or ceased to be, and why."""

CHANGED = b"changed"
"""Kind of news: what others see of somebody may have changed otherwise."""

TYPING = b"typing"
"""Kind of news: other people are typing in a conversation."""

GAP = b"gap"
"""Kind of news: the bucket was emptied or not looked after, so there is a gap before this."""

TELL = f"""
local function whole(number)
    return string.format('%.0f', number)
end
local function tell(news, kind, name, at)
    redis.call('XADD', news, 'MAXLEN', '~', {NEWS_KEPT}, '*', 'kind', kind, 'name', name, 'at', at)
end
"""
"""Lua: writes an entry of a bucket's news."""

SETTLE = (
    TELL
    + """
local function in_use(person, idle)
    local fields = redis.call('HGETALL', person)
    local ends, used = {}, {}
    for i = 1, #fields, 2 do
        local kind, client = string.match(fields[i], '^(%a+):(.*)$')
        if kind == 'lease' then
            ends[client] = tonumber(string.match(fields[i + 1], '^%S+'))
        elseif kind == 'used' then
            used[client] = tonumber(fields[i + 1])
        end
    end
    local latest, why = 0, 'focus'
    for client, at in pairs(used) do
        local till, reason = at + idle + 1, 'idle'
        if ends[client] then
            if ends[client] <= till then
                till, reason = ends[client], 'lease'
            end
            if till > latest then
                latest, why = till, reason
            end
        end
    end
    return latest, why
end
local function settle(person, active, news, name, now, idle)
    local till, why = in_use(person, idle)
    local was = redis.call('ZSCORE', active, name)
    if till > now then
        redis.call('ZADD', active, whole(till), name)
        if not was then
            tell(news, 'active', name, whole(now))
        end
    elseif was then
        redis.call('ZREM', active, name)
        local at = now
        if till > 0 then
            at = till
        elseif tonumber(was) <= now then
            at, why = tonumber(was), 'lease'
        end
        tell(news, why, name, whole(at))
    end
end
"""
)
"""Lua: `settle` puts a person where they belong, and tells if that is news.

A person is in the sorted set `active` from the entry that told of it to the entry that tells of the end, so each is
told once, whoever finds out. The score is until when a tab is in use: one whose input is exactly as old as the idle
limit still is, hence the 1 ms.
"""
