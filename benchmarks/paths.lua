-- Asks for paths in turn: FILE has one a line.
-- wrk -s paths.lua URL -- FILE ACCEPT

function init(args)
  requests = {}
  for path in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", path, { ["Host"] = "127.0.0.1", ["Accept"] = args[2], ["Accept-Encoding"] = "gzip" })
  end
  number = 0
end

function request()
  number = number + 1
  return requests[number % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "bytes": %d, "p50": %f, "p99": %f, "failures": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout
  ))
end
