/** `ambix lint`: hazards as text, JSON, SARIF or annotations of GitHub. */
import { lint } from '../../commands/lint.ts'
import type { LintResult } from '../../commands/lint.ts'
import type { LintFinding } from '../../commands/run/lint-revisions.ts'
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'

const formats: Readonly<Record<string, (result: LintResult) => string>> = {
  text: ({ findings }) => findings.map(line).join('\n'),
  json: (result) => JSON.stringify(result, undefined, 2),
  sarif: (result) => JSON.stringify(sarif(result), undefined, 2),
  github: ({ findings }) => findings.map(annotation).join('\n'),
}

export const run: Run = async (action) => {
  const { printer, common } = action
  const name = action.value('format') ?? (printer.json ? 'json' : 'text')
  const format = formats[name]
  if (format === undefined)
    throw new AmbixError('USAGE.INVALID', `--format takes ${Object.keys(formats).join(', ')}, not ${name}`)
  const allow = action.values('allow')
  const bad = allow.find((entry) => !/^[A-Z]+(?:_[A-Z]+)*(?::.+)?$/s.test(entry))
  if (bad !== undefined)
    throw new AmbixError('USAGE.INVALID', `--allow takes a hazard such as DATA_LOSS:posts.body, not ${bad}`)
  const range = action.words[0]
  const result = await lint(action.config, {
    ...common,
    allow,
    style: action.flag('style'),
    ...(range === undefined ? {} : { range }),
  })
  const text = format(result)
  if (text !== '') printer.data(text)
  const count = result.revisions.length === 1 ? '1 revision' : `${result.revisions.length} revisions`
  if (result.refused === 0) printer.say(`No hazard in ${count} that is not allowed.`)
  else {
    const hazards = result.refused === 1 ? '1 hazard' : `${result.refused} hazards`
    printer.say(`${hazards} in ${count} that nobody allowed.`)
    const first = result.findings.find((f) => f.level === 'error' && f.allowedBy === undefined)!
    const entry = `${first.code}:${first.object}`
    printer.say(
      `To allow one, write into ${first.file}: ${first.file.endsWith('.sql') ? `-- allow: ${entry}` : `export const allow = [${JSON.stringify(entry)}]`}`,
    )
  }
  return result.refused === 0 ? 0 : 2
}

const told = (f: LintFinding): string => `${f.message}${f.lock === undefined ? '' : ` (${f.lock})`}`

function line(f: LintFinding): string {
  const remark = f.allowedBy === undefined ? (f.level === 'note' ? ' [note]' : '') : ` [allowed by ${f.allowedBy}]`
  return `${f.file}:${f.line}: ${f.code} ${f.object}: ${told(f)}${remark}`
}

const severity = (f: LintFinding): 'error' | 'note' => (f.allowedBy === undefined ? f.level : 'note')

/** GitHub reads these from the log of a workflow; its own marks are escaped (toolkit: command properties and data). */
function annotation(f: LintFinding): string {
  const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
  const kind = severity(f) === 'error' ? 'error' : 'notice'
  return `::${kind} file=${property(f.file)},line=${f.line},title=${property(`${f.code} ${f.object}`)}::${data(told(f))}`
}

function sarif({ findings }: LintResult): object {
  const codes = [...new Set(findings.map((f) => f.code))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'ambix', rules: codes.map((id) => ({ id })) } },
        results: findings.map((f) => ({
          ruleId: f.code,
          ruleIndex: codes.indexOf(f.code),
          level: severity(f),
          message: { text: `${f.object}: ${told(f)}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: f.file.split('/').map(encodeURIComponent).join('/') },
                region: { startLine: f.line },
              },
            },
          ],
          ...(f.allowedBy === undefined
            ? {}
            : { suppressions: [{ kind: f.allowedBy === 'revision' ? 'inSource' : 'external' }] }),
        })),
      },
    ],
  }
}
