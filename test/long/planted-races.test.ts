/** Every attack before every message of every command. */
import '../live/planted-races.test.ts'
