/** How long names and labels may be, as each database counts them. */
import { AmbixError } from '../errors.ts'

export interface NameLimit {
  readonly most: number
  /** `bytes` of UTF-8 (PostgreSQL), or `characters` (MySQL). */
  readonly unit: 'bytes' | 'characters'
}

/** PostgreSQL's NAMEDATALEN - 1 (manual, 4.1.1), for names and labels (8.7.4): the default where no dialect gives another. */
export const usualNames: NameLimit = { most: 63, unit: 'bytes' }

/** As long as the limit's unit counts it. */
export function sizeOf(text: string, { unit }: NameLimit): number {
  // Nearly all names are ASCII, whose length JavaScript knows.
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > 0x7f) return unit === 'bytes' ? Buffer.byteLength(text) : Array.from(text).length
  return text.length
}

/** `It has 70 bytes, and the database keeps 63.` */
export const sizeText = (text: string, limit: NameLimit): string =>
  `It has ${sizeOf(text, limit)} ${limit.unit}, and the database keeps ${limit.most}.`

/** A unit of UTF-16 takes three bytes at most: a short name need not be looked at. */
export const isTooLong = (text: string, limit: NameLimit): boolean =>
  text.length * 3 > limit.most && sizeOf(text, limit) > limit.most

/** Throws ENUM.INVALID for a label that the database would refuse. */
export function checkLabelSizes(name: string, labels: readonly string[], limit: NameLimit): void {
  const label = labels.find((l) => isTooLong(l, limit))
  if (label === undefined) return
  throw new AmbixError('ENUM.INVALID', `The label ${JSON.stringify(label)} of the enum ${name} is too long.`, {
    why: sizeText(label, limit),
    next: ['Choose a shorter label; nothing was changed'],
    data: { enum: name, label, size: sizeOf(label, limit), limit: limit.most },
  })
}
