/** Indexes that the server makes for foreign keys, several of them on the same columns, and names that it gives with a table's: there, back, and there again. */
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { runPair, type MysqlPair } from '../support/mysql-pairs.ts'

const others =
  'CREATE TABLE p (id int NOT NULL PRIMARY KEY, x int NOT NULL, y int NOT NULL, UNIQUE KEY px (x), UNIQUE KEY pxy (x, y)); CREATE TABLE q (id int PRIMARY KEY);'
const parts = {
  e: 'CONSTRAINT e FOREIGN KEY (x) REFERENCES q (id) ON DELETE CASCADE',
  f: 'CONSTRAINT f FOREIGN KEY (x) REFERENCES p (x)',
  g: 'CONSTRAINT g FOREIGN KEY (x) REFERENCES q (id)',
  h: 'CONSTRAINT h FOREIGN KEY (x, y) REFERENCES p (x, y)',
  F: 'KEY f (x)',
  G: 'KEY g (x)',
  I: 'KEY ix (x, y)',
  P: 'PRIMARY KEY (x, y)',
  Q: 'PRIMARY KEY (y, x)',
} as const
const table = (of: string): string =>
  `${others} CREATE TABLE t (x int, y int${[...of].map((c) => `, ${parts[c as keyof typeof parts]}`).join('')});`

/** Under the name of which of several keys on x the server keeps its index is no matter. */
const matters = (line: string): boolean => !/(missing|extra) t: KEY `[efg]` \(`x`\)$/u.test(line)

const changes = (
  'f fg,fg f,fg g,gf g,efg e,f fh,fh f,fgh h,hf hg,fg fgI,fgI fg,F Ff,Ff F,Ff fg,FGfg f,FGfg none,FfI fg,Fgf fh,' +
  'Pf Qf,Qf Pf,Pfg Qgf,Pf f,h Ph,fh Qfh'
)
  .split(',')
  .map((pair) => pair.split(' ') as [string, string])

describeMysql('indexes of foreign keys', () => {
  for (const [old, now] of changes)
    test(`from ${old} to ${now}`, async () => {
      const clean = (of: string): string => table(of === 'none' ? '' : of)
      const problems = await runPair({ old: clean(old), new: clean(now), rows: [] })
      // The last line is the revision's text.
      const told = problems.filter((line) => /^(up|down|up again|left|[A-Z]+\.[A-Z_]+)\b/u.test(line))
      expect(told.filter(matters)).toEqual([])
    })
})

const t = (name: string, columns: string): string => `CREATE TABLE ${name} (id int PRIMARY KEY, ${columns});`
const renamed = { rename: 'table', from: 't', to: 'u' }
const pairs: Readonly<Record<string, MysqlPair>> = {
  'follow it': {
    old: `${others} ${t('t', 'x int, FOREIGN KEY (x) REFERENCES p (x)')}`,
    new: `${others} ${t('u', 'x int, FOREIGN KEY (x) REFERENCES p (x)')}`,
    hints: [renamed],
  },
  'are given back where they are wished': {
    old: `${others} ${t('t', 'x int, FOREIGN KEY (x) REFERENCES p (x)')}`,
    new: `${others} ${t('u', 'x int, CONSTRAINT t_ibfk_1 FOREIGN KEY (x) REFERENCES p (x)')}`,
    hints: [renamed],
  },
  'follow it where the table refers to itself and an action changes': {
    old: `${others} ${t('t', 'x int, up int, FOREIGN KEY (x) REFERENCES p (x), FOREIGN KEY (up) REFERENCES t (id)')}`,
    new: `${others} ${t('u', 'x int, up int, FOREIGN KEY (x) REFERENCES p (x) ON DELETE CASCADE, FOREIGN KEY (up) REFERENCES u (id)')}`,
    hints: [renamed],
  },
  'follow it beside a column that is renamed': {
    old: `${others} ${t('t', 'x int, FOREIGN KEY (x) REFERENCES p (x)')}`,
    new: `${others} ${t('u', 'z int, FOREIGN KEY (z) REFERENCES p (x)')}`,
    hints: [renamed, { rename: 'column', table: 'u', from: 'x', to: 'z' }],
  },
}

describeMysql('names that a table gives its foreign keys', () => {
  for (const [name, pair] of Object.entries(pairs))
    test(name, async () => {
      expect(await runPair(pair)).toEqual([])
    })
})
