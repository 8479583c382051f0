-- Distinct join bodies; the run's tag comes as the argument, so that no address repeats.
local count = 0
local tag = "x"

function init(args) tag = args[1] or tag end

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function request()
  count = count + 1
  local body = '{"email":"zhao.min.' .. tag .. '.' .. count .. '@example.org","name":"赵敏","locale":"zh-CN","consent":true}'
  return wrk.format(nil, nil, nil, body)
end

function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"p50":%.3f,"p99":%.3f,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status + e.connect + e.read + e.write + e.timeout))
end
