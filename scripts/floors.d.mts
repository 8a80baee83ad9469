export const floors: Readonly<Record<string, number>>
export interface Import {
  readonly specifier: string
  readonly lazy: boolean
  readonly type: boolean
  readonly line: number
}
export function roomOf(file: string): string
export function withoutComments(text: string): string
export function importsOf(text: string): Import[]
export function violations(files: ReadonlyMap<string, string>): string[]
export function readSource(folder?: string): Map<string, string>
/** Files that may name a dialect, each with its reason. */
export const named: Readonly<Record<string, string>>
