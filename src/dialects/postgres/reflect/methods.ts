/** Reads what makes indexes, languages and conversions: operator families and classes, access methods, transforms, parsers and templates. */
import type { Definition, Ref } from '../../../schema/model.ts'
import type { CatalogQuery } from './catalog.ts'
import { quoteIdent, quoteLiteral, quoteRef } from '../spell/quote.ts'

/** An arm of the query: see `othersSql`. */
export type Arm = (
  kind: string,
  from: string,
  o: {
    oid?: string
    schema?: string
    name: string
    owner?: string
    acl?: string
    facts?: string
    where?: string
    classId?: string
  },
) => string

type Facts = Readonly<Record<string, unknown>>
type Spelled = Omit<Definition, 'kind' | 'objectKind'>

const opclassId = `'pg_catalog.pg_opclass'::pg_catalog.regclass`

/** Operators and functions of a class, or those of a family that no class brings (pg_depend tells whose they are). */
function members(family: string, of: string | undefined): string {
  const mine = (catalog: string, oid: string): string => {
    const owned = `EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND d.objid = ${oid} AND d.refclassid = ${opclassId}`
    return of === undefined ? `NOT ${owned})` : `${owned} AND d.refobjid = ${of})`
  }
  return `'operators', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(o.amopstrategy, o.amopopr::pg_catalog.regoperator::text,
      (SELECT pg_catalog.json_build_array(fn.nspname, f.opfname) FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace WHERE f.oid = o.amopsortfamily))
      ORDER BY o.amoplefttype, o.amoprighttype, o.amopstrategy) FROM pg_catalog.pg_amop o WHERE o.amopfamily = ${family} AND ${mine('pg_amop', 'o.oid')}),
    'functions', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(p.amprocnum, pg_catalog.format_type(p.amproclefttype, NULL), pg_catalog.format_type(p.amprocrighttype, NULL), p.amproc::pg_catalog.oid::pg_catalog.regprocedure::text)
      ORDER BY p.amproclefttype, p.amprocrighttype, p.amprocnum) FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = ${family} AND ${mine('pg_amproc', 'p.oid')})`
}

const method = (column: string): string =>
  `'method', (SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid = ${column})`

export function methodArms(arm: Arm, scoped: string, _catalog: CatalogQuery): readonly string[] {
  const inSchema = (column: string): string => `x JOIN pg_catalog.pg_namespace n ON n.oid = x.${column}`
  const proc = (column: string): string => `NULLIF(${column}::pg_catalog.oid, 0)::pg_catalog.regproc::text`
  return [
    arm('operator family', `pg_opfamily ${inSchema('opfnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.opfname',
      owner: 'x.opfowner',
      facts: `${method('x.opfmethod')}, ${members('x.oid', undefined)}`,
      where: scoped,
    }),
    arm('operator class', `pg_opclass ${inSchema('opcnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.opcname',
      owner: 'x.opcowner',
      facts: `${method('x.opcmethod')}, 'default', x.opcdefault, 'type', pg_catalog.format_type(x.opcintype, NULL),
        'storage', CASE WHEN x.opckeytype <> 0 THEN pg_catalog.format_type(x.opckeytype, NULL) END,
        'family', (SELECT pg_catalog.json_build_array(fn.nspname, f.opfname) FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace WHERE f.oid = x.opcfamily),
        ${members('x.opcfamily', 'x.oid')}`,
      where: scoped,
    }),
    arm('conversion', `pg_conversion ${inSchema('connamespace')}`, {
      schema: 'n.nspname',
      name: 'x.conname',
      owner: 'x.conowner',
      facts: `'default', x.condefault, 'from', pg_catalog.pg_encoding_to_char(x.conforencoding), 'to', pg_catalog.pg_encoding_to_char(x.contoencoding), 'function', ${proc('x.conproc')}`,
      where: scoped,
    }),
    arm('text search parser', `pg_ts_parser ${inSchema('prsnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.prsname',
      facts: `'parts', pg_catalog.json_build_array(pg_catalog.json_build_array('START', ${proc('x.prsstart')}), pg_catalog.json_build_array('GETTOKEN', ${proc('x.prstoken')}), pg_catalog.json_build_array('END', ${proc('x.prsend')}), pg_catalog.json_build_array('LEXTYPES', ${proc('x.prslextype')}), pg_catalog.json_build_array('HEADLINE', ${proc('x.prsheadline')}))`,
      where: scoped,
    }),
    arm('text search template', `pg_ts_template ${inSchema('tmplnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.tmplname',
      facts: `'parts', pg_catalog.json_build_array(pg_catalog.json_build_array('INIT', ${proc('x.tmplinit')}), pg_catalog.json_build_array('LEXIZE', ${proc('x.tmpllexize')}))`,
      where: scoped,
    }),
    arm('language', 'pg_language x', {
      name: 'x.lanname',
      owner: 'x.lanowner',
      acl: 'x.lanacl',
      facts: `'trusted', x.lanpltrusted, 'parts', pg_catalog.json_build_array(pg_catalog.json_build_array('HANDLER', ${proc('x.lanplcallfoid')}), pg_catalog.json_build_array('INLINE', ${proc('x.laninline')}), pg_catalog.json_build_array('VALIDATOR', ${proc('x.lanvalidator')}))`,
      where: 'x.lanispl',
    }),
    arm('transform', 'pg_transform x', {
      name: `'FOR ' || pg_catalog.format_type(x.trftype, NULL) || ' LANGUAGE ' || (SELECT pg_catalog.quote_ident(l.lanname) FROM pg_catalog.pg_language l WHERE l.oid = x.trflang)`,
      facts: `'from', NULLIF(x.trffromsql::pg_catalog.oid, 0)::pg_catalog.regprocedure::text, 'to', NULLIF(x.trftosql::pg_catalog.oid, 0)::pg_catalog.regprocedure::text`,
    }),
    arm('access method', 'pg_am x', {
      name: 'x.amname',
      facts: `'type', x.amtype, 'handler', ${proc('x.amhandler')}`,
    }),
  ]
}

type Operators = readonly (readonly [strategy: number, operator: string, sort: readonly [string, string] | null])[]
type Functions = readonly (readonly [support: number, left: string, right: string, text: string])[]

/** `refIn` names an object of another schema as the connection would. */
type Naming = (schema: string, name: string) => Ref

function memberList(facts: Facts, naming: Naming): readonly string[] {
  return [
    ...((facts['operators'] ?? []) as Operators).map(
      ([strategy, operator, sort]) =>
        `OPERATOR ${strategy} ${operator}${sort === null ? '' : ` FOR ORDER BY ${quoteRef(naming(...sort))}`}`,
    ),
    ...((facts['functions'] ?? []) as Functions).map(
      ([support, left, right, text]) => `FUNCTION ${support} (${left}, ${right}) ${text}`,
    ),
  ]
}

const parts = (facts: Facts): readonly (readonly [string, string])[] =>
  ((facts['parts'] ?? []) as readonly (readonly [string, string | null])[]).flatMap(([word, text]) =>
    text === null ? [] : [[word, text] as const],
  )

const plain = (word: string, name: string, create: readonly string[]): Spelled => ({
  identity: name,
  create,
  drop: `DROP ${word} ${name}`,
  commentOn: `${word} ${name}`,
})

/** How each is created and dropped (manual, SQL Commands). */
export const methodSpellers: Readonly<Record<string, (ref: Ref, facts: Facts, naming: Naming) => Spelled>> = {
  'operator family'(ref, facts, naming) {
    const name = `${quoteRef(ref)} USING ${quoteIdent(String(facts['method']))}`
    const loose = memberList(facts, naming)
    return plain('OPERATOR FAMILY', name, [
      `CREATE OPERATOR FAMILY ${name}`,
      ...(loose.length === 0 ? [] : [`ALTER OPERATOR FAMILY ${name} ADD ${loose.join(', ')}`]),
    ])
  },
  'operator class'(ref, facts, naming) {
    const name = `${quoteRef(ref)} USING ${quoteIdent(String(facts['method']))}`
    const list = memberList(facts, naming)
    if (typeof facts['storage'] === 'string' || list.length === 0)
      return spellClass(ref, facts, name, [...list, `STORAGE ${String(facts['storage'] ?? facts['type'])}`], naming)
    return spellClass(ref, facts, name, list, naming)
  },
  conversion(ref, facts) {
    const name = quoteRef(ref)
    const word = facts['default'] === true ? 'DEFAULT CONVERSION' : 'CONVERSION'
    const [from, to] = [quoteLiteral(String(facts['from'])), quoteLiteral(String(facts['to']))]
    return plain('CONVERSION', name, [`CREATE ${word} ${name} FOR ${from} TO ${to} FROM ${String(facts['function'])}`])
  },
  'text search parser': (ref, facts) => searchPart('PARSER', ref, facts),
  'text search template': (ref, facts) => searchPart('TEMPLATE', ref, facts),
  language(ref, facts) {
    const name = quoteIdent(ref.name)
    const clauses = parts(facts).map(([word, text]) => ` ${word} ${text}`)
    return plain('LANGUAGE', name, [
      `CREATE ${facts['trusted'] === true ? 'TRUSTED ' : ''}LANGUAGE ${name}${clauses.join('')}`,
    ])
  },
  transform(ref, facts) {
    const clauses = [
      ...(facts['from'] === null ? [] : [`FROM SQL WITH FUNCTION ${String(facts['from'])}`]),
      ...(facts['to'] === null ? [] : [`TO SQL WITH FUNCTION ${String(facts['to'])}`]),
    ]
    return plain('TRANSFORM', ref.name, [`CREATE TRANSFORM ${ref.name} (${clauses.join(', ')})`])
  },
  'access method'(ref, facts) {
    const name = quoteIdent(ref.name)
    const type = facts['type'] === 't' ? 'TABLE' : 'INDEX'
    return plain('ACCESS METHOD', name, [
      `CREATE ACCESS METHOD ${name} TYPE ${type} HANDLER ${String(facts['handler'])}`,
    ])
  },
}

function spellClass(ref: Ref, facts: Facts, name: string, list: readonly string[], naming: Naming): Spelled {
  const family = quoteRef(naming(...(facts['family'] as [string, string])))
  const head = `CREATE OPERATOR CLASS ${quoteRef(ref)}${facts['default'] === true ? ' DEFAULT' : ''} FOR TYPE ${String(facts['type'])}`
  return plain('OPERATOR CLASS', name, [
    `${head} USING ${quoteIdent(String(facts['method']))} FAMILY ${family} AS ${list.join(', ')}`,
  ])
}

function searchPart(word: string, ref: Ref, facts: Facts): Spelled {
  const name = quoteRef(ref)
  const list = parts(facts).map(([part, text]) => `${part} = ${text}`)
  return plain(`TEXT SEARCH ${word}`, name, [`CREATE TEXT SEARCH ${word} ${name} (${list.join(', ')})`])
}
