-- Asks queries made of one template: FILE has its pieces, and the constants of each of its placeholders.
-- wrk -s load.lua URL -- FILE PATH ACCEPT FIRST PERIOD
-- The query of each number is another one; numbers go up from FIRST, and begin again after PERIOD, if that is not 0.

local function split(line)
  local fields = {}
  for field in line:gmatch("[^\t]+") do fields[#fields + 1] = field end
  return fields
end

function init(args)
  local lines = {}
  for line in io.lines(args[1]) do lines[#lines + 1] = split(line) end
  pieces, values = lines[1], {}
  for index = 2, #lines do values[index - 1] = lines[index] end
  start = "GET " .. args[2] .. "?query="
  finish = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: " .. args[3] .. "\r\n\r\n"
  number, first, period = 0, tonumber(args[4]), tonumber(args[5])
end

function request()
  local rest = first + (period > 0 and number % period or number)
  number = number + 1
  local text = start .. pieces[1]
  for index = 1, #values do
    local constants = values[index]
    text = text .. constants[rest % #constants + 1] .. pieces[index + 1]
    rest = math.floor(rest / #constants)
  end
  return text .. finish
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failures": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout
  ))
end
