-- For wrk: ends with one line of JSON, times in microseconds. Given a series and a manifest's text in two parts,
-- every request pushes a manifest of its own under a tag of its own: `<series>-<number>`.

local number = 0

function init(args)
  local series, repository, media_type, digits, head, tail = unpack(args)
  if series == nil then return end
  local headers = { ["Content-Type"] = media_type }
  local format = "%s" .. string.format("%%0%dd", digits - #series)
  request = function()
    number = number + 1
    local path = string.format("/v2/%s/manifests/%s-%d", repository, series, number)
    return wrk.format("PUT", path, headers, head .. string.format(format, series, number) .. tail)
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
