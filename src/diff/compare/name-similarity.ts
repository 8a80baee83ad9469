/** How similar two names are: words in common, abbreviations, few letters changed. */

/** From 0 (nothing in common) to 1 (the same but for case and separators). */
export function nameLikeness(a: string, b: string): number {
  const [x, y] = [wordsOf(a), wordsOf(b)]
  const [p, q] = [x.join(''), y.join('')]
  if (p === '' || q === '') return 0
  if (p === q || stem(p) === stem(q)) return 1
  const [short, long] = p.length <= q.length ? [p, q] : [q, p]
  const letters = Math.max(p.length, q.length)
  const spelled = 1 - distance(p, q) / letters
  const close = spelled >= 2 / 3 ? spelled : spelled / 2
  const inside = short.length >= 3 && long.includes(short) ? 0.7 + (0.2 * short.length) / long.length : 0
  return Math.max(close, inside, sharedWords(x, y), abbreviates(short, p.length <= q.length ? y : x) ? 0.65 : 0)
}

/** Worth a question for the names alone. */
export function alike(a: string, b: string): boolean {
  return nameLikeness(a, b) >= 0.5
}

/** `userId`, `user_id`, `UserID`: user, id. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

const stem = (word: string): string => word.replace(/(?:ies|y)$/u, 'i').replace(/(?:es|s|e)$/u, '')

function sharedWords(x: readonly string[], y: readonly string[]): number {
  const [a, b] = [new Set(x.map(stem)), new Set(y.map(stem))]
  const common = [...a].filter((word) => b.has(word))
  if (!common.some((word) => word.length >= 3)) return 0
  return 0.4 + (0.5 * common.length) / new Set([...a, ...b]).size
}

/** `qty` of quantity, `dob` of date_of_birth. */
function abbreviates(short: string, words: readonly string[]): boolean {
  if (short.length < 2) return false
  if (words.length > 1 && words.map((word) => word[0]).join('') === short) return true
  const long = words.join('')
  if (short.length < 3 || short[0] !== long[0]) return false
  let at = 0
  for (const letter of long) if (letter === short[at]) at++
  return at === short.length
}

/** Letters to insert, drop or change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (b[j - 1] === letter ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
