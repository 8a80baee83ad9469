/** Every command on every planted object. */
import '../live/planted.test.ts'
