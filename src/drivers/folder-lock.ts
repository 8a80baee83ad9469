/** Lets one process at a time into a database folder that has no lock of its own. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { AmbixError } from '../errors.ts'

/** Identifies this process, as opposed to an earlier one with the same number (a restarted container is always pid 1). */
const self = `${process.pid} ${Math.round(performance.timeOrigin)}`

function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder, 10)
  if (!Number.isInteger(pid) || pid <= 0) return false
  if (pid === process.pid) return holder === self
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

/**
 * Takes `file` (created with O_EXCL, containing our pid); a lock whose process is dead is taken over, never one that is old.
 * Resolves to the function that releases it. Throws DATABASE.LOCKED after `waitMs`, naming the process.
 */
export async function lockFolder(file: string, folder: string, waitMs: number): Promise<() => void> {
  const until = performance.now() + waitMs
  for (;;) {
    try {
      writeFileSync(file, `${self}\n`, { flag: 'wx' })
      return () => {
        if (read(file) === self) rmSync(file, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = read(file)
    if (holder === undefined) continue
    // A file that is still empty was just created by a process that is about to write into it.
    if (holder !== '' && !isAlive(holder)) {
      takeAway(file, holder)
      continue
    }
    if (performance.now() >= until) {
      const pid = Number.parseInt(holder, 10)
      throw new AmbixError('DATABASE.LOCKED', `The embedded database ${folder} is in use by another process`, {
        why: `Process ${Number.isNaN(pid) ? '(unknown)' : pid} has it open; an embedded database can be open once.`,
        next: ['Wait for the other command to end, or stop that process'],
        data: { pid, folder },
      })
    }
    await sleep(50 + Math.random() * 100)
  }
}

/** Removes a dead process's lock; when two do so at once, the one who caught a fresh lock puts it back. */
function takeAway(file: string, dead: string): void {
  const aside = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (read(aside) !== dead) {
    try {
      linkSync(aside, file)
    } catch {
      // another process has the name again already
    }
  }
  rmSync(aside, { force: true })
}
