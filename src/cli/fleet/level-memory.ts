/** Keeps the memory of a long run level: V8's young generation grows to its limit of 64 MiB however little is alive in it. */

/** Bytes of both halves: with less, collections take more processor time. */
const enough = 8 * 2 ** 20
/** A look at the heap takes some microseconds. */
const every = 32

/** To be called often; once the young generation is large enough it grows no further. */
export function levelMemory(): () => void {
  let [calls, level] = [0, false]
  return () => {
    if (level || ++calls % every !== 0) return
    const v8 = process.getBuiltinModule('node:v8')
    const young = v8.getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
    if (young === undefined || young.space_size < enough) return
    v8.setFlagsFromString('--semi-space-growth-factor=1')
    level = true
  }
}
