/** Reads what makes indexes, languages and conversions: operator families and classes, access methods, transforms, parsers and templates. */
import type { Definition, Ref } from '../../../schema/model.ts'
import { catalogs } from './catalog.ts'
import { quoteIdent, quoteLiteral, quoteRef } from '../spell/quote.ts'

/** An arm of the query: see `othersSql`. */
export type Arm = (
  kind: string,
  from: string,
  o: {
    /** The OID of its schema. */
    schema?: string
    name: string
    owner?: string
    acl?: string
    facts?: string
    where?: string
    /** Of an operator class or family, whose `members` are listed. */
    family?: string
  },
) => string

type Facts = Readonly<Record<string, unknown>>
type Spelled = Omit<Definition, 'kind' | 'objectKind'>

/**
 * Of a row of `othersSql` that has a family: its method, and the operators and functions of a class, or those of a family that no class
 * brings (pg_depend tells whose they are).
 */
export const members = `(SELECT pg_catalog.json_build_object('method', am.amname,
    'operators', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(o.amopstrategy, o.amopopr::pg_catalog.regoperator::text,
        (SELECT pg_catalog.json_build_array(sn.nspname, s.opfname) FROM pg_catalog.pg_opfamily s JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = o.amopsortfamily))
        ORDER BY o.amoplefttype, o.amoprighttype, o.amopstrategy) FROM pg_catalog.pg_amop o WHERE o.amopfamily = f.oid AND ${ofClass('o')}),
    'functions', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(p.amprocnum, pg_catalog.format_type(p.amproclefttype, NULL), pg_catalog.format_type(p.amprocrighttype, NULL), p.amproc::pg_catalog.oid::pg_catalog.regprocedure::text)
        ORDER BY p.amproclefttype, p.amprocrighttype, p.amprocnum) FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = f.oid AND ${ofClass('p')}),
    'family', pg_catalog.json_build_array(fn.nspname, f.opfname))
    FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod WHERE f.oid = x.family)`

function ofClass(member: string): string {
  return `(SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid = ${member}.tableoid AND d.objid = ${member}.oid AND d.refclassid = ${catalogs.operatorClass} LIMIT 1)
          IS NOT DISTINCT FROM CASE x.kind WHEN 'operator class' THEN x.oid END`
}

export function methodArms(arm: Arm): readonly string[] {
  const proc = (column: string): string => `NULLIF(${column}::pg_catalog.oid, 0)::pg_catalog.regproc::text`
  return [
    arm('operator family', 'pg_opfamily x', {
      schema: 'x.opfnamespace',
      name: 'x.opfname',
      owner: 'x.opfowner',
      family: 'x.oid',
    }),
    arm('operator class', 'pg_opclass x', {
      schema: 'x.opcnamespace',
      name: 'x.opcname',
      owner: 'x.opcowner',
      facts: `'default', x.opcdefault, 'type', pg_catalog.format_type(x.opcintype, NULL),
        'storage', CASE WHEN x.opckeytype <> 0 THEN pg_catalog.format_type(x.opckeytype, NULL) END`,
      family: 'x.opcfamily',
    }),
    arm('conversion', 'pg_conversion x', {
      schema: 'x.connamespace',
      name: 'x.conname',
      owner: 'x.conowner',
      facts: `'default', x.condefault, 'from', pg_catalog.pg_encoding_to_char(x.conforencoding), 'to', pg_catalog.pg_encoding_to_char(x.contoencoding), 'function', ${proc('x.conproc')}`,
    }),
    arm('text search parser', 'pg_ts_parser x', {
      schema: 'x.prsnamespace',
      name: 'x.prsname',
      facts: `'parts', pg_catalog.json_build_array(pg_catalog.json_build_array('START', ${proc('x.prsstart')}), pg_catalog.json_build_array('GETTOKEN', ${proc('x.prstoken')}), pg_catalog.json_build_array('END', ${proc('x.prsend')}), pg_catalog.json_build_array('LEXTYPES', ${proc('x.prslextype')}), pg_catalog.json_build_array('HEADLINE', ${proc('x.prsheadline')}))`,
    }),
    arm('text search template', 'pg_ts_template x', {
      schema: 'x.tmplnamespace',
      name: 'x.tmplname',
      facts: `'parts', pg_catalog.json_build_array(pg_catalog.json_build_array('INIT', ${proc('x.tmplinit')}), pg_catalog.json_build_array('LEXIZE', ${proc('x.tmpllexize')}))`,
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
