/**
 * Every way in which chapter 8 of PostgreSQL's manual spells a constant is a default that models may have (issue 9, G):
 * the database spells it, the revision does what it should, and nothing differs afterwards.
 */
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import * as m from '../../src/schema.ts'
import { describeLive } from '../support/live.ts'
import { runModels } from './models-on.ts'
import { inDatabase } from './pulled.ts'

/** A builder, and the spellings of the section that tells of its type. */
const spellings: readonly (readonly [string, () => m.AnyColumn, readonly unknown[]])[] = [
  ['8.1.1 smallint', m.smallint, [0, -1, 32767, '-32768', ' 42 ', '1_000', '0x7F', '0o17', '0b101']],
  ['8.1.1 integer', m.integer, [42, -2147483648, '2147483647', '1_500_000_000', '0xFFFF', '-0x80000000']],
  [
    '8.1.1 bigint',
    m.bigint,
    [0n, 9223372036854775807n, -9223372036854775808n, '9007199254740993', 9007199254740991, '0x7FFFFFFFFFFFFFFF'],
  ],
  [
    '8.1.2 numeric',
    m.numeric,
    [
      '0',
      0,
      3.5,
      '4.',
      '.001',
      '5e2',
      '1.925e-3',
      '1e3',
      '1E+20',
      '-0',
      'NaN',
      'nan',
      'Infinity',
      '-Infinity',
      'inf',
      '1_000.000_001',
      1e-7,
      1e21,
      '0.10',
      '00123',
    ],
  ],
  ['8.1.2 numeric(10,2)', () => m.numeric(10, 2), [0, '0', '0.00', 12.345, '12.345', '1e3', '-5']],
  ['8.1.2 numeric(3,-1)', () => m.numeric(3, -1), ['1234', 99]],
  ['8.1.3 real', m.real, [1.1, 0, '1e10', 1e-30, 'NaN', 'Infinity', '-inf', '3.40282347e+38', 16777217]],
  [
    '8.1.3 double precision',
    m.doublePrecision,
    [
      1e-7,
      1e21,
      1e-300,
      0.1,
      '0.30000000000000004',
      'infinity',
      '-Infinity',
      'NaN',
      1.7976931348623157e308,
      5e-324,
      -0,
    ],
  ],
  ['8.2 money', m.money, ['12.34', '$1,000.00', '-$5', 0, '92233720368547758.07']],
  [
    '8.3 text',
    m.text,
    ['', 'a', "O'Reilly", 'back\\slash', 'new\nline', 'tab\t', ' spaces ', 'NULL', 'ü €😀', '$$', "E'x'", '--', '%s'],
  ],
  ['8.3 varchar(5)', () => m.varchar(5), ['', 'abc', 'good ']],
  ['8.3 char(5)', () => m.char(5), ['ok', 'good ', '', 'ab\\']],
  ['8.3 name', m.name, ['users']],
  [
    '8.4 bytea',
    m.bytea,
    ['\\xDEADBEEF', '\\x', 'abc \\153\\154\\155 \\052\\251\\124', new Uint8Array([0, 255]), '\\x de ad', "it's"],
  ],
  [
    '8.5.1.1 date',
    m.date,
    [
      '1999-01-08',
      'January 8, 1999',
      '1/8/1999',
      '19990108',
      '990108',
      '1999.008',
      'J2451187',
      'January 8, 99 BC',
      '08-Jan-99',
      '1999-Jan-08',
      'Jan-08-1999',
      'epoch',
      'infinity',
      '-infinity',
      new Date(0),
    ],
  ],
  [
    '8.5.1.2 time',
    m.time,
    ['04:05:06.789', '04:05:06', '04:05', '040506', '04:05 AM', '04:05 PM', 'allballs', '24:00:00', 'T040506'],
  ],
  ['8.5.1.2 time(2)', () => m.time({ precision: 2 }), ['04:05:06.789']],
  [
    '8.5.1.2 time with time zone',
    () => m.time({ withTimeZone: true }),
    [
      '04:05:06.789-8',
      '04:05:06-08:00',
      '04:05-08:00',
      '040506-08',
      '040506+0730',
      '040506+07:30:00',
      '04:05:06 PST',
      '2003-04-12 04:05:06 America/New_York',
      'allballs',
    ],
  ],
  [
    '8.5.1.3 timestamp',
    m.timestamp,
    [
      '1999-01-08 04:05:06',
      '1999-01-08T04:05:06',
      'January 8 04:05:06 1999',
      'epoch',
      'infinity',
      '-infinity',
      '2020-01-01',
      new Date(1e12),
      '4713-01-01 00:00 BC',
      '20200101T040506.123456',
    ],
  ],
  ['8.5.1.3 timestamp(0)', () => m.timestamp({ precision: 0 }), ['1999-01-08 04:05:06.6']],
  [
    '8.5.1.3 timestamp with time zone',
    () => m.timestamp({ withTimeZone: true }),
    [
      '1999-01-08 04:05:06 -8:00',
      '2004-10-19 10:23:54+02',
      'January 8 04:05:06 1999 PST',
      '1999-01-08 04:05:06 America/New_York',
      '1999-01-08 04:05:06Z',
      'epoch',
      'infinity',
      '2020-01-01',
      new Date(1e12 + 5),
    ],
  ],
  [
    '8.5.4 interval',
    m.interval,
    [
      '1 hour',
      '1-2',
      '3 4:05:06',
      '1 year 2 months 3 days 4 hours 5 minutes 6 seconds',
      'P1Y2M3DT4H5M6S',
      'P0001-02-03T04:05:06',
      '@ 1 minute ago',
      '1.5 week',
      '-1 day +02:03',
      '1 12:59:10',
      '5 minutes',
      '0',
      '1 millennium',
      '-1-2 +3 -4:05:06',
    ],
  ],
  [
    '8.5.4 interval day to second(3)',
    () => m.interval({ fields: 'day to second', precision: 3 }),
    ['1 2:03:04.5678', '1 day'],
  ],
  ['8.5.4 interval year to month', () => m.interval({ fields: 'year to month' }), ['1-2', '14 months']],
  ['8.6 boolean', m.boolean, [true, false, 'yes', 'on', '1', 'no', 'off', '0', 't', 'fa', ' TRUE ', 'y']],
  ['8.8 point', m.point, ['( 1 , 2.5 )', '1,2', '(1e3,-0)', '(Infinity,NaN)']],
  ['8.8 line', m.line, ['{1,-1,0}', '[ ( 0 , 0 ) , ( 1 , 1 ) ]', '0,0,1,1']],
  ['8.8 lseg', m.lseg, ['[ ( 0 , 0 ) , ( 1 , 1 ) ]', '((0,0),(1,1))', '0,0,1,1']],
  ['8.8 box', m.box, ['( ( 0 , 0 ) , ( 1 , 2 ) )', '(0,0),(1,1)', '1,0,0,1']],
  ['8.8 path', m.path, ['[ ( 0 , 0 ) , ( 1 , 1 ) ]', '((0,0),(1,1),(2,0))', '0,0,1,1']],
  ['8.8 polygon', m.polygon, ['((0,0),(1,1),(2,0))', '0,0,1,1']],
  ['8.8 circle', m.circle, ['< ( 0 , 0 ) , 5 >', '((0,0),5)', '0,0,5']],
  [
    '8.9 inet',
    m.inet,
    ['192.168.100.128/25', '10.1.2.3', '::ffff:1.2.3.0/120', '2001:4f8:3:ba:2e0:81ff:fe22:d1f1', '192.168.0.1/32'],
  ],
  [
    '8.9 cidr',
    m.cidr,
    [
      '192.168.100.128/25',
      '192.168/24',
      '192.168/25',
      '192.168.1',
      '128.1',
      '128',
      '10.1.2',
      '2001:4f8:3:ba::/64',
      '::ffff:1.2.3.0/120',
    ],
  ],
  [
    '8.9 macaddr',
    m.macaddr,
    [
      '08:00:2b:01:02:03',
      '08-00-2b-01-02-03',
      '08002b:010203',
      '08002b-010203',
      '0800.2b01.0203',
      '0800-2b01-0203',
      '08002b010203',
      '08:00:2B:01:02:03',
    ],
  ],
  [
    '8.9 macaddr8',
    m.macaddr8,
    [
      '08:00:2b:01:02:03:04:05',
      '08-00-2b-01-02-03-04-05',
      '08002b:0102030405',
      '0800.2b01.0203.0405',
      '08:00:2b:01:02:03',
      '08002b0102030405',
    ],
  ],
  ['8.10 bit', () => m.bit(3), ['101', 'B101', 'x5'.replace('x5', '000')]],
  ['8.10 bit varying', m.varbit, ['00', '', '10110', 'X1FF']],
  ['8.10 bit varying(5)', () => m.varbit(5), ['101']],
  [
    '8.11 tsvector',
    m.tsvector,
    [
      'a fat cat sat on a mat',
      "the lexeme '    ' contains spaces",
      "the lexeme 'Joe''s' contains a quote",
      'a:1 fat:2 cat:3A',
      'fat:2B,4C rat',
    ],
  ],
  [
    '8.11 tsquery',
    m.tsquery,
    ['fat & rat', 'fat & (rat | cat)', 'fat & ! rat', 'fat:ab & cat', 'super:*', 'fat <-> cat'],
  ],
  [
    '8.12 uuid',
    m.uuid,
    [
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
      '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
      'a0eebc999c0b4ef8bb6d6bb9bd380a11',
      'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11',
    ],
  ],
  ['8.13 xml', m.xml, ['<foo>bar</foo>', 'abc<foo>bar</foo><bar>foo</bar>', '<?xml version="1.0"?><a/>']],
  [
    '8.14 json',
    m.json,
    [
      '5',
      '[1, 2, "foo", null]',
      '{"bar": "baz", "balance": 7.77, "active":false}',
      { b: 1, a: [] },
      [],
      'null',
      '"text"',
      ' { } ',
    ],
  ],
  [
    '8.14 jsonb',
    m.jsonb,
    [
      '5',
      '[1, 2, "foo", null]',
      '{"bar": "baz", "balance": 7.77, "active":false}',
      { b: 1, a: [] },
      [],
      'null',
      '"t\\u00e9xt"',
      '1.230e-5',
      '{"a":1,"a":2}',
      true,
      7,
    ],
  ],
  [
    '8.15 integer[]',
    () => m.integer().array(),
    [[], [1, 2, 3], '{1, 2 ,3}', '{}', '{{1,2},{3,4}}', [[1], [2]], '[0:1]={7,8}', '{1,NULL}', [1, null]],
  ],
  [
    '8.15 text[]',
    () => m.text().array(),
    [['a', 'b c', '"', '\\', '', 'NULL', 'x,y', '{}'], '{breakfast, "staff meeting"}', '{a,null,"null"}'],
  ],
  ['8.15 arrays of types that respell', () => m.interval().array(), [['1 hour', '1-2'], '{1 day,"2 hours"}']],
  [
    '8.15 timestamptz[]',
    () => m.timestamp({ withTimeZone: true }).array(),
    [[new Date(0)], '{"2020-01-01 00:00:00+02"}'],
  ],
  ['8.15 numeric(6,2)[]', () => m.numeric(6, 2).array(), [['1', '2.5'], '{1e2}']],
  ['8.15 boolean[]', () => m.boolean().array(), [[true, false], '{yes,f}']],
  ['8.15 bytea[]', () => m.bytea().array(), ['{"\\\\xDEAD"}', [new Uint8Array([1])]]],
  ['8.15 jsonb[]', () => m.jsonb().array(), ['{"{\\"b\\":1,\\"a\\":2}"}']],
  ['8.17 int4range', m.int4range, ['[3,7)', '(3,7)', '[4,4]', '[4,4)', 'empty', '(,5]', '[1,]', '[ 1 , 2 ]']],
  ['8.17 int8range', m.int8range, ['[1,9223372036854775806]']],
  ['8.17 numrange', m.numrange, ['[1.1,2.20]', '(1e3,)']],
  ['8.17 tsrange', m.tsrange, ['[2010-01-01 14:30, 2010-01-01 15:30)', '["2010-01-01 14:30",infinity]']],
  ['8.17 tstzrange', m.tstzrange, ['[2010-01-01 14:30+02, 2010-01-01 15:30+02)']],
  ['8.17 daterange', m.daterange, ['[2010-01-01,2010-01-31]', '[epoch,infinity)']],
  ['8.17 int4multirange', m.int4multirange, ['{}', '{[3,7)}', '{[3,7), [8,9)}', '{[1,3),[2,5)}']],
  ['8.17 datemultirange', m.datemultirange, ['{[2010-01-01,2010-01-31]}']],
  ['8.18 domain', m.domain('posint', m.integer(), { check: m.sql`VALUE > 0` }), [5, '0x10']],
  ['8.18 domain over interval', m.domain('span', m.interval()), ['1 hour']],
  [
    '8.16 composite',
    m.composite('inventory_item', { name: m.text(), price: m.numeric() }),
    ['("fuzzy dice",1.99)', '( a , 1e2 )', '("",)'],
  ],
  ['8.7 enum', m.enumType('mood', ['sad', 'ok', "it's"]), ['sad', "it's"]],
  ['8.19 oid', m.oid, [564182, '0x1F', '4294967295']],
  ['8.20 pg_lsn', () => m.customType('pg_lsn'), ['16/b374d848']],
  ['8.19 regclass', () => m.customType('regtype'), ['int4', 'timestamp with time zone']],
]

/** `-0x1` and `1_000` are integers from PostgreSQL 16 on (8.1.1). */
const before16 = /^[ -]*0[xob]|_/

const columnsFor = (version: number): Record<string, m.AnyColumn> => {
  const columns: Record<string, m.AnyColumn> = { id: m.integer().primaryKey() }
  for (const [section, make, values] of spellings)
    for (const [i, value] of values.entries()) {
      const modern = typeof value === 'string' && before16.test(value) && /8\.1\.|domain$|oid/.test(section)
      if (!modern || version >= 16) columns[`${section} ${i}`] = make().default(value)
    }
  return columns
}

describeLive('on a server', (server) => {
  test('in a time zone and styles of its own', { timeout: 120_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      await connection.script([
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Kathmandu''', current_database());
           EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, MDY''', current_database());
           EXECUTE format('ALTER DATABASE %I SET intervalstyle = ''iso_8601''', current_database());
           EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database()); END $$`,
      ])
      await connection.script([
        "SET timezone = 'Asia/Kathmandu'; SET datestyle = 'SQL, MDY'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'escape'",
      ])
      const t = m.table('t', columnsFor(Number.parseInt(server.version, 10)))
      const { problems } = await runModels({ schema: [{ t }], url }, connection)
      expect(problems).toEqual([])
    })
  })

  test('one that the type does not have is refused, with its text', { timeout: 60_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      const wrong = m.table('wrong', { id: m.integer().primaryKey(), at: m.time().default('25:00') })
      await expect(check({ schema: [{ wrong }], url } as never, { connection })).rejects.toMatchObject({
        code: 'SCHEMA.INVALID',
        message: expect.stringContaining('25:00'),
      })
    })
  })
})

describe('constants that are none', () => {
  test.each([
    ['timestamp', () => m.timestamp().default('now')],
    ['date', () => m.date().default('Today')],
    ['date', () => m.date().default(' tomorrow ')],
    ['timestamp', () => m.timestamp({ withTimeZone: true }).default('yesterday')],
    ['time', () => m.time().default('now')],
    ['an array', () => m.date().array().default(['today'])],
  ])('%s: a word for the present time would be frozen', (_, make) => {
    expect(make).toThrow(/moment|sql`/)
  })
})
