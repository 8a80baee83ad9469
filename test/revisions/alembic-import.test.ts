/** What Alembic wrote: heads of Python files, and its offline script. */
import { describe, expect, it } from 'vitest'
import { cutAlembicScript, parseAlembicFile } from '../../src/revisions/import/alembic.ts'
import { codeOf } from './graphs.ts'

const python = `"""add status

to the posts

Revision ID: ae1027a6acf
Revises: 1975ea83b712
Create Date: 2014-11-20 13:02:46.257104

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = 'ae1027a6acf'
down_revision: Union[str, Sequence[str], None] = '1975ea83b712'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    revision = 'no'
`

describe('Python files', () => {
  it('V1: several names for one value are read; several names for several values are refused, the file named', () => {
    expect(
      parseAlembicFile(`revision = "2b"\ndown_revision = '1a'\nbranch_labels = depends_on = None\n`, 'b.py'),
    ).toMatchObject({ id: '2b', downRevision: ['1a'], branchLabels: [], dependsOn: [] })
    expect(parseAlembicFile(`revision = '2b'\ndown_revision = depends_on = '1a'\n`, 'b.py')).toMatchObject({
      downRevision: ['1a'],
      dependsOn: ['1a'],
    })
    for (const line of ['revision, down_revision = "2b", "1a"', '(revision, down_revision) = ("2b", "1a")'])
      expect(() => parseAlembicFile(`'the doc'\n${line}\n`, 'versions/b.py'), line).toThrow(
        /versions\/b\.py:2: the value of .*revision, down_revision/,
      )
    expect(parseAlembicFile("'''\nrevision, down_revision = 1, 2\n'''\nx = 1\n", 'x.py')).toBeUndefined()
  })

  it('V1: the header and the docstring', () => {
    expect(parseAlembicFile(python, 'versions/ae1027a6acf_add_status.py')).toMatchObject({
      id: 'ae1027a6acf',
      downRevision: ['1975ea83b712'],
      branchLabels: [],
      dependsOn: [],
      message: 'add status',
      createDate: '2014-11-20 13:02:46.257104',
    })
  })

  it.each([
    ['None', []],
    ["'a'", ['a']],
    ['"a"  # parent', ['a']],
    ["u'a'", ['a']],
    ["('a', 'b')", ['a', 'b']],
    ["('a',)", ['a']],
    ['[\n    \'a\',  # one\n    "b",\n]', ['a', 'b']],
    ['()', []],
    ["('a')", ['a']],
    ["'a', 'b'", ['a', 'b']],
    ["'a',  # one", ['a']],
    ["\\\r\n    'a'", ['a']],
    ["['a',\r\n  'b']", ['a', 'b']],
    ["{'a', 'b'}", ['a', 'b']],
    ["r'a'", ['a']],
    ["'a';", ['a']],
    ["(  # both\n    'a',\n    # and\n    'b'\n)", ['a', 'b']],
  ])('down_revision = %s', (value, parents) => {
    expect(
      parseAlembicFile(`revision = 'x'\r\ndown_revision = ${value}\r\nbranch_labels = ('l',)\r\n`, 'x.py'),
    ).toMatchObject({ id: 'x', downRevision: parents, branchLabels: ['l'] })
  })

  it.each([
    ['as Alembic writes since 1.8', 'revision: str = "x"\ndown_revision: Union[str, None] = "a"\n'],
    ['since 1.15', "revision: str = 'x'\ndown_revision: Union[str, Sequence[str], None] = 'a'\n"],
    ['with annotations of today', "revision: str = 'x'\ndown_revision: str | Sequence[str] | None = 'a'\n"],
    [
      'over several lines',
      "revision: Final[\n    str\n] = 'x'\ndown_revision: Union[\n    str, None\n] = (\n    'a'\n)\n",
    ],
    ['without blanks', "revision='x'\ndown_revision='a'\n"],
    ['with blanks', "revision  =  'x'\ndown_revision\t= 'a'\n"],
    ['below functions', "def helper():\n    pass\n\nrevision = 'x'\ndown_revision = 'a'\n"],
    [
      'with an encoding line and a mark',
      "\ufeff# -*- coding: utf-8 -*-\n#!x\n'''doc'''\nrevision = 'x'\ndown_revision = 'a'\n",
    ],
    [
      'beside text that looks like it',
      '"""doc\nrevision = \'wrong\'\ndown_revision = wrong()\n"""\n# revision = \'wrong\'\nrevision = \'x\'\ndown_revision = \'a\'\nrevision_note = f()\n\ndef upgrade():\n    op.execute("""\nrevision = wrong()\n""")\n',
    ],
    [
      'with what else projects keep there',
      "revision = 'x'\ndown_revision = 'a'\nREPLACES = make()\nbranch_labels = None\ndepends_on = None\n",
    ],
  ])('a header %s', (_name, text) => {
    expect(parseAlembicFile(text, 'x.py')).toMatchObject({ id: 'x', downRevision: ['a'] })
  })

  it('a root that does not say so; labels and dependencies as text, tuple or list', () => {
    expect(parseAlembicFile("revision = 'x'\n", 'x.py')).toMatchObject({ id: 'x', downRevision: [] })
    for (const value of ["'l'", "('l',)", "['l']"])
      expect(
        parseAlembicFile(
          `revision = 'x'\ndown_revision = None\nbranch_labels = ${value}\ndepends_on: str = ${value}\n`,
          'x.py',
        ),
      ).toMatchObject({ branchLabels: ['l'], dependsOn: ['l'] })
  })

  it('V2: the id of a file without one is its hexadecimal name', () => {
    expect(parseAlembicFile('down_revision = None\n', 'versions/3512b954651e_x.py')!.id).toBe('3512b954651e')
  })

  it('is no revision without both', () => {
    expect(parseAlembicFile('import os\n', 'env.py')).toBeUndefined()
  })

  it('refuses what only Python could know', () => {
    for (const value of [
      'make()',
      "'a' + b",
      "('a', b)",
      "f'{x}'",
      'F"x"',
      "('a'",
      "'a\\x'",
      "('a' 'b')",
      "'a' 'b'",
      '"""a"""',
      "'a' if x else 'b'",
      '1975',
      "b'a'",
      '(None)',
      '',
    ]) {
      expect(
        codeOf(() => parseAlembicFile(`revision = 'x'\ndown_revision = ${value}\n`, 'x.py')),
        value,
      ).toBe('IMPORT.ALEMBIC')
    }
    expect(() => parseAlembicFile("\nrevision = 'x'\ndown_revision = f()\n", 'x.py')).toThrow('x.py:3')
  })
})

describe('the offline script', () => {
  const script = `BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1975ea83b712

CREATE TABLE account (
    id SERIAL NOT NULL
);

INSERT INTO alembic_version (version_num) VALUES ('1975ea83b712') RETURNING alembic_version.version_num;

-- Running upgrade 1975ea83b712 -> ae1027a6acf

INSERT INTO note VALUES ('
-- Running upgrade x -> y
UPDATE alembic_version; COMMIT;');

ALTER TABLE account ADD COLUMN last_transaction_date TIMESTAMP WITHOUT TIME ZONE;

UPDATE alembic_version SET version_num='ae1027a6acf' WHERE alembic_version.version_num = '1975ea83b712';

-- Running upgrade ae1027a6acf, b2 -> m1

DELETE FROM alembic_version WHERE alembic_version.version_num = 'b2';

UPDATE app."alembic_version" SET version_num='m1' WHERE alembic_version.version_num = 'ae1027a6acf';

COMMIT;
`
  it('is cut at its comments, without what is Alembic’s own', () => {
    const parts = cutAlembicScript(script)
    expect(parts.map((p) => [p.revision, p.direction, p.statements.map((s) => s.text.split('\n')[0])])).toEqual([
      ['1975ea83b712', 'upgrade', ['CREATE TABLE account (']],
      [
        'ae1027a6acf',
        'upgrade',
        [
          "INSERT INTO note VALUES ('",
          'ALTER TABLE account ADD COLUMN last_transaction_date TIMESTAMP WITHOUT TIME ZONE',
        ],
      ],
      ['m1', 'upgrade', []],
    ])
    for (const { statements } of parts) {
      for (const s of statements) {
        expect(script.startsWith(s.text, s.offset)).toBe(true)
        expect(script.split('\n')[s.line - 1]!.startsWith(s.text.split('\n')[0]!)).toBe(true)
      }
    }
  })

  it('downgrades too, and a version table of another name', () => {
    const parts = cutAlembicScript(
      `-- Running downgrade ae10 -> 1975\nDROP TABLE x;\nUPDATE my_version SET version_num='1975';\n-- Running downgrade 1975 -> \nDROP TABLE alembic_version_notes;\n`,
      undefined,
      'my_version',
    )
    expect(parts.map((p) => [p.revision, p.direction, p.statements.map((s) => s.text)])).toEqual([
      ['ae10', 'downgrade', ['DROP TABLE x']],
      ['1975', 'downgrade', ['DROP TABLE alembic_version_notes']],
    ])
    expect(
      cutAlembicScript('-- Running upgrade a -> b\nDROP TABLE alembic_version_notes;')[0]!.statements,
    ).toHaveLength(1)
  })

  it('reads past what Alembic logged in between, and keeps places', () => {
    const logged = `INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.\nBEGIN;\nINFO  [alembic.runtime.migration] Running upgrade  -> a1\n-- Running upgrade  -> a1, it's first\n\nCREATE TABLE t (a text DEFAULT 'INFO  [x] no');\nINFO  [alembic.runtime.migration] Running upgrade a1 -> b2\n-- Running upgrade a1 -> b2\nDROP TABLE t;\nCOMMIT;\n`
    expect(cutAlembicScript(logged).map((p) => [p.revision, p.statements.map((s) => [s.line, s.text])])).toEqual([
      ['a1', [[6, "CREATE TABLE t (a text DEFAULT 'INFO  [x] no')"]]],
      ['b2', [[9, 'DROP TABLE t']]],
    ])
  })

  it('is refused without such comments', () => {
    expect(codeOf(() => cutAlembicScript('select 1;'))).toBe('IMPORT.ALEMBIC')
  })
})
