/** How PostgreSQL prints a jsonb constant: keys sorted by length, then bytes, and a space after colons and commas. */

/** A number as it was written, since JavaScript would lose digits. */
class Written {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
}

/** The context argument of JSON.parse's reviver since Node 21. */
type Revive = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown

/** The canonical text, or the text itself where it is no JSON. */
export function jsonbText(text: string): string {
  const keepNumbers: Revive = (_key, value, context) =>
    typeof value === 'number' ? new Written(context.source ?? String(value)) : value
  try {
    // A cast: the library's type of the reviver does not know its third argument.
    return print(JSON.parse(text, keepNumbers as (this: unknown, key: string, value: unknown) => unknown))
  } catch {
    return text
  }
}

function print(value: unknown): string {
  if (value instanceof Written) return /e/i.test(value.source) ? plainNumber(value.source) : value.source
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => {
    const [left, right] = [Buffer.from(a), Buffer.from(b)]
    return left.length - right.length || Buffer.compare(left, right)
  })
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${print(item)}`).join(', ')}}`
}

/** numeric knows no exponents. */
function plainNumber(source: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]?\d+)$/i.exec(source)
  if (match === null) return source
  const [, sign, whole, fraction = '', exponent] = match
  const digits = whole! + fraction
  const point = whole!.length + Number(exponent)
  if (Math.abs(point) > 400) return source
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const left = digits
    .slice(0, point)
    .padEnd(point, '0')
    .replace(/^0+(?=\d)/, '')
  const right = digits.slice(point)
  return sign + left + (right === '' ? '' : `.${right}`)
}
