"""News: who has lapsed, and what has happened since."""

from services.presence.scripts.common import SETTLE

LAPSE = (
    SETTLE
    + """
local was = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not was or tonumber(was) > tonumber(ARGV[2]) then
    return 0
end
settle(KEYS[1], KEYS[2], KEYS[3], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
return 1
"""
)
"""Tells that a person has ceased to be active because time has passed, unless another replica has told it already.

Keys: person, active, news. Arguments: name, now, idle limit.
"""

LOOK = """
local people, active, news = KEYS[1], KEYS[2], KEYS[3]
local now, position, count, lapses, own = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local function before(one, other)
    local ms, number = string.match(one, '^(%d+)-(%d+)$')
    local other_ms, other_number = string.match(other, '^(%d+)-(%d+)$')
    ms, other_ms = tonumber(ms), tonumber(other_ms)
    return ms < other_ms or (ms == other_ms and tonumber(number) < tonumber(other_number))
end
local time = redis.call('TIME')
local watch = redis.call('ZMSCORE', people, 'whole', 'kept')
local lapsed = {}
if lapses ~= '0' then
    lapsed = redis.call('ZRANGE', active, '-inf', now, 'BYSCORE', 'LIMIT', 0, lapses)
end
local gap, last, entries = 0, '0-0', {}
if redis.call('EXISTS', news) == 1 then
    local facts, info = {}, redis.call('XINFO', 'STREAM', news)
    for i = 1, #info, 2 do
        facts[info[i]] = info[i + 1]
    end
    last = facts['last-generated-id']
    if position ~= '' then
        local first = facts['first-entry']
        if own == '1' and before(last, position) then
            gap, position = 1, '0-0'
        elseif facts['entries-added'] > facts['length'] and (not first or before(position, first[1])) then
            gap = before(position, last) and 1 or 0
        end
        if before(position, last) then
            entries = redis.call('XRANGE', news, '(' .. position, '+', 'COUNT', count)
        end
    end
end
local ms = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
return {ms, watch[1], watch[2], lapsed, gap, last, entries}
"""
"""Reads a bucket's news after a position.

Keys: people, active, news. Arguments: now, position (empty: only find out where the end is), how many entries, how many
who have lapsed, whether the position is one that this script has answered and not a mere time (1 or 0).
Answers the server's time in ms, since when the bucket is whole, when it was looked after, who has lapsed, whether there
is a gap after the position, the last entry's id, the entries.
"""
