-- Sends the tokens of target/material/many.txt in turn, as many as TOKENS says.
local requests, count, at = {}, tonumber(os.getenv("TOKENS")), 0

function init()
  for token in io.lines("target/material/many.txt") do
    if #requests == count then break end
    requests[#requests + 1] = wrk.format("GET", nil, { Authorization = "Bearer " .. token })
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
