// Ends the process once a command is done, though a socket or timer of the project's own is still open.
// Who ends by itself is left alone: the timer does not keep it waiting.
var grace = 200

/** Sets the exit code; what was written reaches its reader first. */
exports.end = function (code) {
  if (typeof code === 'number') process.exitCode = code
  leaveWhenAlone(10)
  setTimeout(leave, grace).unref()
}

// A socket that was ended is closed a turn or two later.
function leaveWhenAlone(turns) {
  setImmediate(function () {
    if (alone()) leave()
    else if (turns > 1) leaveWhenAlone(turns - 1)
  })
}

function leave() {
  drained(process.stdout, function () {
    drained(process.stderr, function () {
      // oxlint-disable-next-line unicorn/no-process-exit -- this file is where the program ends
      process.exit()
    })
  })
}

// Whether nothing but the output is open: the process would end by itself, but wait for what V8 still does on threads of its own,
// such as marking a large heap, and give its memory back piece by piece.
function alone() {
  var own = [process.stdout, process.stderr].filter(function (stream) {
    return stream._handle
  }).length
  var others = process.getActiveResourcesInfo().filter(function (name) {
    return (name !== 'PipeWrap' && name !== 'TTYWrap') || --own < 0
  })
  return others.length === 0 && process.listenerCount('beforeExit') === 0
}

/** Streams that failed are done as well: what they failed with has set the exit code. */
function drained(stream, next) {
  if (stream.destroyed || stream.errored) return next()
  stream.write('', function () {
    setImmediate(function () {
      next()
    })
  })
}
