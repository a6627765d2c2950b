-- The health of an InterviewTracker in Argo CD, which runs this with Lua's base and
-- table libraries: no string, no math. It is Healthy when, and only when, kstatus
-- says Current, and Degraded whenever kstatus says Failed (test/gitops).

-- Reasons that are part of every start and rollout, and end without help.
local routine = {
  Progressing = true,
  Starting = true,
  Running = true,
  NotRunYet = true,
  AwaitingGarbageCollection = true,
}

local function verdict(ready, stalled, reconciling)
  if stalled ~= nil and stalled.status == "True" then
    return "Degraded"
  end
  if ready.status == "Unknown" and ready.reason == "Suspended" then
    return "Suspended"
  end
  if ready.status == "False" and not routine[ready.reason] then
    return "Degraded" -- A cause that a person can act on, be it in the middle of a rollout.
  end
  if ready.status == "True" and (reconciling == nil or reconciling.status ~= "True") then
    return "Healthy"
  end
  return "Progressing"
end

-- What keeps a tracker from its verdict, in the words of the condition that is the cause.
local function message(ready, stalled, reconciling)
  if stalled ~= nil and stalled.status == "True" then
    return stalled.message
  end
  if ready.status == "True" and reconciling ~= nil and reconciling.status == "True" then
    return "The tracker works, but does not match its spec yet: " .. reconciling.message
  end
  return ready.message
end

local metadata = obj.metadata
local status = obj.status or {}

if metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "The tracker is being deleted" }
end
if status.observedGeneration ~= metadata.generation then
  -- The conditions describe an older spec.
  return { status = "Progressing", message = "The operator has yet to see generation " .. metadata.generation }
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
if conditions.Ready == nil then
  return { status = "Progressing", message = "The operator has yet to say whether the tracker works" }
end
return {
  status = verdict(conditions.Ready, conditions.Stalled, conditions.Reconciling),
  message = message(conditions.Ready, conditions.Stalled, conditions.Reconciling),
}
