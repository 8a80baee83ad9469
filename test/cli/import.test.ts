/** Issue 3, item 12 and done when 3: a folder that Alembic made is taken over, and says what Alembic says at every step. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const python = (id: string, down: string, message: string, rest = ''): string => `"""${message}

Revision ID: ${id}
Revises: ${down.replaceAll(/[()']/g, '')}
Create Date: 2024-05-0${id.length} 10:20:30.123456

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '${id}'
down_revision: Union[str, Sequence[str], None] = ${down}
branch_labels: Union[str, Sequence[str], None] = ${/labels=(.*?);/.exec(rest)?.[1] ?? 'None'}
depends_on: Union[str, Sequence[str], None] = ${/needs=(.*?);/.exec(rest)?.[1] ?? 'None'}


def upgrade() -> None:
    """Upgrade schema."""
    op.execute("""
revision = 'not this one'
""")


def downgrade() -> None:
    pass
`

/** Alembic's tutorial of branches: two lines from one table, joined; a networking branch that depends on an account. */
const versions: Readonly<Record<string, string>> = {
  'alembic/env.py': 'from alembic import context\n',
  'alembic/script.py.mako': '"""${message}"""\nrevision = ${repr(up_revision)}\n',
  'alembic/versions/__pycache__/1975ea83b712_account.cpython-311.pyc': '\0',
  'alembic/versions/1975ea83b712_account.py': python('1975ea83b712', 'None', 'create account table'),
  'alembic/versions/ae1027a6acf_date.py': python('ae1027a6acf', `'1975ea83b712'`, 'Add a column'),
  'alembic/versions/27c6a30d7c24_cart.py': python(
    '27c6a30d7c24',
    `'1975ea83b712'`,
    'add shopping cart table',
    `labels=('shoppingcart',);`,
  ),
  'alembic/versions/53fffde5ad5_merge.py': python(
    '53fffde5ad5',
    `('ae1027a6acf', '27c6a30d7c24')`,
    'merge ae1 and 27c',
  ),
  'alembic/versions/net/3cac04ae8714_net.py': python(
    '3cac04ae8714',
    'None',
    'create networking branch',
    `labels='networking'; needs='1975ea83b712';`,
  ),
  'alembic/versions/net/29f859a13ea_dns.py': python('29f859a13ea', `'3cac04ae8714'`, 'add DNS table'),
}

const script = `BEGIN TRANSACTION;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1975ea83b712

CREATE TABLE account (
    id INTEGER NOT NULL, 
    PRIMARY KEY (id)
);

INSERT INTO alembic_version (version_num) VALUES ('1975ea83b712') RETURNING version_num;

-- Running upgrade 1975ea83b712 -> 27c6a30d7c24

CREATE TABLE cart (id INTEGER);

INSERT INTO alembic_version (version_num) VALUES ('27c6a30d7c24') RETURNING version_num;

-- Running upgrade 1975ea83b712 -> ae1027a6acf

ALTER TABLE account ADD COLUMN last_transaction_date DATETIME;

UPDATE alembic_version SET version_num='ae1027a6acf' WHERE alembic_version.version_num = '1975ea83b712';

-- Running upgrade ae1027a6acf, 27c6a30d7c24 -> 53fffde5ad5

DELETE FROM alembic_version WHERE alembic_version.version_num = 'ae1027a6acf';

UPDATE alembic_version SET version_num='53fffde5ad5' WHERE alembic_version.version_num = '27c6a30d7c24';

-- Running upgrade  -> 3cac04ae8714

CREATE TABLE net (id INTEGER);

INSERT INTO alembic_version (version_num) VALUES ('3cac04ae8714') RETURNING version_num;

-- Running upgrade 3cac04ae8714 -> 29f859a13ea

CREATE TABLE dns (id INTEGER);

UPDATE alembic_version SET version_num='29f859a13ea' WHERE alembic_version.version_num = '3cac04ae8714';

COMMIT;

BEGIN TRANSACTION;

-- Running downgrade 29f859a13ea -> 3cac04ae8714

DROP TABLE dns;

UPDATE alembic_version SET version_num='3cac04ae8714' WHERE alembic_version.version_num = '29f859a13ea';

COMMIT;
`

const project = (): Sandbox =>
  sandbox({
    config: { url: 'sqlite:app.db', versionTable: 'alembic_version', schema: './schema.sql' },
    files: { ...versions, 'script.sql': script },
  })

function database(s: Sandbox): DatabaseSync {
  return new DatabaseSync(join(s.dir, 'app.db'))
}

describe('import alembic', () => {
  it('reads the folder, whichever of the two is named, and says of heads, history and current what Alembic says', async () => {
    const s = project()
    const { code, stdout, stderr } = await s.$('import alembic alembic --script script.sql')
    expect([code, stdout.split('\n').length - 1]).toEqual([0, 6])
    expect(stderr).not.toContain('no statements')
    expect((await s.$('heads')).stdout.trim().split('\n').toSorted()).toEqual([
      '29f859a13ea (networking) (head), add DNS table',
      '53fffde5ad5 (shoppingcart) (head) (mergepoint), merge ae1 and 27c',
    ])
    expect((await s.$('history')).stdout.trim().split('\n').toSorted()).toEqual(
      [
        '3cac04ae8714 -> 29f859a13ea (networking) (head), add DNS table',
        '<base> (1975ea83b712) -> 3cac04ae8714 (networking), create networking branch',
        'ae1027a6acf, 27c6a30d7c24 -> 53fffde5ad5 (shoppingcart) (head) (mergepoint), merge ae1 and 27c',
        '1975ea83b712 -> ae1027a6acf, Add a column',
        '1975ea83b712 -> 27c6a30d7c24 (shoppingcart), add shopping cart table',
        '<base> -> 1975ea83b712 (branchpoint), create account table',
      ].toSorted(),
    )
    expect((await s.$('branches')).stdout).toContain('1975ea83b712 (branchpoint)')
    // Where Alembic left a database, at each step of its own script: the rows that it wrote are understood.
    const db = database(s)
    db.exec('create table alembic_version (version_num varchar(32) not null primary key)')
    const steps: readonly (readonly string[])[] = [
      ['1975ea83b712'],
      ['27c6a30d7c24'],
      ['27c6a30d7c24', 'ae1027a6acf'],
      ['53fffde5ad5'],
      ['29f859a13ea', '53fffde5ad5'],
    ]
    for (const rows of steps) {
      db.exec('delete from alembic_version')
      for (const row of rows) db.exec(`insert into alembic_version values ('${row}')`)
      const { stdout: shown } = await s.$('current')
      const ids = shown
        .trim()
        .split('\n')
        .map((l) => l.split(/[ ,]/)[0]!)
      expect(ids.toSorted()).toEqual(rows)
    }
    db.close()
    expect((await s.$('current --check-heads')).code).toBe(0)
  })

  it('runs what the script said, from nothing to the heads, and back where the script says how', async () => {
    const s = project()
    await s.$('import alembic alembic/versions --script script.sql')
    expect((await s.$('upgrade heads')).code).toBe(0)
    const db = database(s)
    const tables = (): unknown[] =>
      db
        .prepare(`select name from sqlite_master where name in ('account', 'cart', 'net', 'dns') order by 1`)
        .all()
        .map((r) => r['name'])
    expect(tables()).toEqual(['account', 'cart', 'dns', 'net'])
    expect((await s.$('downgrade networking@-1')).code).toBe(0)
    expect(tables()).toEqual(['account', 'cart', 'net'])
    expect((await s.$('downgrade networking@-1')).stderr).toContain('[REVISION.IRREVERSIBLE]')
    expect((await s.$('downgrade ae1027a6acf')).code).toBe(0)
    db.close()
    expect((await s.$('import alembic alembic/versions --script script.sql --json')).stdout).toContain('"files": []')
  })

  it('stubs stand where they are applied, and are not run: that would only pretend it', async () => {
    const s = project()
    expect((await s.$('import alembic alembic')).stderr).toContain('6 of 6 have no statements')
    const refused = await s.$('upgrade heads')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('was imported without statements')])
    expect((await s.$('current')).stdout).toBe('')
    await s.$('stamp heads')
    await s.$('revision -m next --rev-id n1 --head networking@head')
    expect((await s.$('upgrade heads')).stderr).toBe(
      'Database: sqlite:app.db\nRunning upgrade 29f859a13ea -> n1, next\n',
    )
    const text = s.read(`migrations/${s.files().find((f) => f.includes('1975'))!}`)
    expect(text).toContain('-- upgrade\n-- ambix:applied-only\n')
  })

  it('several folders at once; a folder that is none; a file that only Python could read', async () => {
    const s = sandbox({ config: { url: 'sqlite:app.db' }, files: { ...versions } })
    s.write('other/b1.py', python('b1', `'29f859a13ea'`, 'elsewhere'))
    expect((await s.$('import alembic other')).stderr).toContain('[REVISION.MISSING_PARENT]')
    expect(s.files()).toEqual([])
    expect((await s.$('import alembic alembic/versions other')).stdout.trim().split('\n')).toHaveLength(7)
    expect((await s.$('import alembic src')).stderr).toContain('[IMPORT.ALEMBIC]')
    s.write('bad/x1.py', `revision = 'x1'\ndown_revision = f"{parent}"\n`)
    const bad = await s.$('import alembic bad')
    expect(bad.stderr).toContain('bad/x1.py:2: the value of down_revision is not a plain string')
    expect(bad.stderr).toContain('[IMPORT.ALEMBIC]')
  })
})
