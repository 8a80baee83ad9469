/** Tracks the words of one statement to know whether a compound statement (BEGIN … END, IF … END IF) is open in it. */

/** Words that may follow END and belong to it. */
const ends = new Set(['if', 'case', 'loop', 'repeat', 'while', 'for'])
/** Words after which a statement of a body begins. */
const starters = new Set(['begin', 'then', 'else', 'do', 'loop', 'repeat', 'row', 'atomic'])
/** Words that may occur between the head of a routine and its body. */
const characteristics = new Set(['deterministic', 'sql', 'data', 'invoker', 'definer'])

/** Reads a statement word by word and mark by mark (MySQL manual, Compound Statement Syntax). */
export class CompoundBody {
  #words = 0
  #depth = 0
  #last = ''
  /** The statement creates a routine, trigger or event, or is a block of its own (MariaDB, BEGIN NOT ATOMIC). */
  #compound = false
  #create = false

  get open(): boolean {
    return this.#depth > 0
  }

  mark(mark: string): void {
    this.#last = mark
  }

  word(word: string): void {
    this.#words++
    if (this.#words === 1) this.#create = word === 'create'
    if (this.#create && !this.#compound && this.#words <= 16)
      this.#compound = ['procedure', 'function', 'trigger', 'event', 'package'].includes(word)
    else if (word === 'not' && this.#words === 2 && this.#last === 'begin') {
      this.#compound = true
      this.#depth = 1
    } else if (this.#compound) this.#follow(word)
    this.#last = word
  }

  #follow(word: string): void {
    if (this.#last === 'end' && ends.has(word)) return
    if (word === 'end') this.#depth = Math.max(0, this.#depth - 1)
    else if (word === 'case' || (word === 'begin' && this.#last !== 'xa')) this.#depth++
    else if (ends.has(word) && this.#isStart()) this.#depth++
  }

  #isStart(): boolean {
    const last = this.#last
    if (last === ';' || last === ':' || starters.has(last)) return true
    return this.#depth === 0 && (last === ')' || characteristics.has(last))
  }
}
