// Ends the process once a command is done, though a socket or timer of the project's own is still open.
// Who ends by itself is left alone: the timer does not keep it waiting.
var grace = 200

/** Sets the exit code; what was written reaches its reader first. */
exports.end = function (code) {
  if (typeof code === 'number') process.exitCode = code
  setTimeout(function () {
    drained(process.stdout, function () {
      drained(process.stderr, function () {
        // oxlint-disable-next-line unicorn/no-process-exit -- this file is where the program ends
        process.exit()
      })
    })
  }, grace).unref()
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
