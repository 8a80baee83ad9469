/** Changes that the manuals of MySQL and MariaDB put restrictions on, each led there with rows, back, and there again. */
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { runPair } from '../support/mysql-pairs.ts'
import type { MysqlPair } from '../support/mysql-pairs.ts'
import { tableOf } from '../support/table-of.ts'

const parent = 'CREATE TABLE p (id int PRIMARY KEY AUTO_INCREMENT, x int);'

const pairs: Readonly<Record<string, MysqlPair>> = {
  'the type of both ends of a foreign key': {
    old: `${parent} CREATE TABLE c (id int PRIMARY KEY, p_id int, CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE);`,
    new: 'CREATE TABLE p (id bigint PRIMARY KEY AUTO_INCREMENT, x int); CREATE TABLE c (id int PRIMARY KEY, p_id bigint, CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE);',
  },
  'a foreign key with another rule under the same name': {
    old: `${parent} CREATE TABLE c (id int PRIMARY KEY, p_id int, CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id));`,
    new: `${parent} CREATE TABLE c (id int PRIMARY KEY, p_id int, CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE SET NULL);`,
  },
  'an index that a foreign key stands on gives way to another': {
    old: `${parent} CREATE TABLE c (id int PRIMARY KEY, p_id int, n int, KEY k (p_id), CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id));`,
    new: `${parent} CREATE TABLE c (id int PRIMARY KEY, p_id int, n int, KEY wide (p_id, n), CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id));`,
  },
  'an index that a foreign key stands on goes': {
    old: `${parent} CREATE TABLE c (id int PRIMARY KEY, p_id int, n int, KEY wide (p_id, n), CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id));`,
    new: `${parent} CREATE TABLE c (id int PRIMARY KEY, p_id int, n int, CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p (id));`,
  },
  'a foreign key goes with its column, and another one stays': {
    old: `${parent} CREATE TABLE c (id int PRIMARY KEY, a int, b int, CONSTRAINT fa FOREIGN KEY (a) REFERENCES p (id), CONSTRAINT fb FOREIGN KEY (b) REFERENCES p (id));`,
    new: `${parent} CREATE TABLE c (id int PRIMARY KEY, b int, CONSTRAINT fb FOREIGN KEY (b) REFERENCES p (id));`,
  },
  'indexes of one name on two tables, one of them dropped': {
    old: 'CREATE TABLE a (id int PRIMARY KEY, n int, KEY k (n)); CREATE TABLE b (id int PRIMARY KEY, n int, KEY k (n));',
    new: 'CREATE TABLE a (id int PRIMARY KEY, n int); CREATE TABLE b (id int PRIMARY KEY, n int, KEY k (n, id));',
  },
  'a primary key that counts moves to another column': {
    old: 'CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, other int NOT NULL);',
    new: 'CREATE TABLE t (id int NOT NULL, other int NOT NULL AUTO_INCREMENT PRIMARY KEY);',
  },
  'a table gets a number for each row': {
    old: 'CREATE TABLE t (n int);',
    new: 'CREATE TABLE t (n int, id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY);',
  },
  'nothing of a column is lost when its type changes': {
    old: "CREATE TABLE t (id int PRIMARY KEY, v varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s' COMMENT 'c''x \\\\ y');",
    new: "CREATE TABLE t (id int PRIMARY KEY, v varchar(60) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s' COMMENT 'c''x \\\\ y');",
  },
  'the collation of a table and its columns': {
    old: "CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b text, e enum('x','y'), KEY k (a)) DEFAULT CHARSET=latin1;",
    new: "CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b text, e enum('x','y'), KEY k (a)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;",
  },
  'what a column becomes at each change': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, at datetime(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), ts timestamp NULL);',
    new: "CREATE TABLE t (id int PRIMARY KEY, at datetime(6) DEFAULT CURRENT_TIMESTAMP(6), ts timestamp NOT NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP);",
    hints: [{ backfill: 't.ts', expression: "'2021-01-01'" }],
  },
  'a generated column with another expression': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a int, g int AS (a + 1) VIRTUAL, s int AS (a * 2) STORED, KEY kg (g));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a int, g int AS (a + 2) VIRTUAL, s int AS (a * 3) STORED, KEY kg (g));',
  },
  'checks of columns and of tables': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0), m int, CONSTRAINT c CHECK (m > n));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, n bigint CHECK (n > 0), m int CHECK (m < 100), CONSTRAINT c CHECK (m >= n));',
  },
  'a check of a column goes': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, n int);',
  },
  'a column under a check and an index is dropped': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, n int, m int, CONSTRAINT c CHECK (n > 0), KEY k (n, m));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, m int);',
  },
  'a column that views and triggers name gets another name': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, old_name int); CREATE VIEW v AS SELECT old_name FROM t; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.old_name = 1;',
    new: 'CREATE TABLE t (id int PRIMARY KEY, new_name int); CREATE VIEW v AS SELECT new_name FROM t; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.new_name = 1;',
    hints: [{ rename: 'column', table: 't', from: 'old_name', to: 'new_name' }],
  },
  'a table that a view names gets another name': {
    old: 'CREATE TABLE before_it (id int PRIMARY KEY, n int); CREATE VIEW v AS SELECT n FROM before_it;',
    new: 'CREATE TABLE after_it (id int PRIMARY KEY, n int); CREATE VIEW v AS SELECT n FROM after_it;',
    hints: [{ rename: 'table', from: 'before_it', to: 'after_it' }],
  },
  'types that only these servers have': {
    old: "CREATE TABLE t (id mediumint unsigned PRIMARY KEY, z int(5) unsigned zerofill, s set('a','b'), y year, b bit(3), bn varbinary(20), tb tinyblob, mt mediumtext, d double unsigned, g geometry);",
    new: "CREATE TABLE t (id int unsigned PRIMARY KEY, z bigint(5) unsigned zerofill, s set('a','b','c'), y year DEFAULT 2020, b bit(8) DEFAULT b'101', bn varbinary(40), tb blob, mt longtext, d double, g geometry);",
  },
  'kinds of indexes': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a varchar(200), b varchar(200), p point NOT NULL, KEY k (a(10)), FULLTEXT KEY f (a));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a varchar(200), b varchar(200), p point NOT NULL, KEY k (a(20), b(5)), FULLTEXT KEY f (a, b), SPATIAL KEY s (p), UNIQUE KEY u (b(7)));',
  },
  'engine, row format, comment': {
    old: "CREATE TABLE t (id int PRIMARY KEY, n int) ENGINE=MyISAM COMMENT='one';",
    new: "CREATE TABLE t (id int PRIMARY KEY, n int) ENGINE=InnoDB ROW_FORMAT=COMPRESSED COMMENT='two ''quoted''';",
  },
  partitions: {
    old: 'CREATE TABLE t (id int PRIMARY KEY, n int) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN MAXVALUE);',
    new: "CREATE TABLE t (id int PRIMARY KEY, n int) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10), PARTITION m VALUES LESS THAN (100) COMMENT = 'mid', PARTITION b VALUES LESS THAN MAXVALUE);",
  },
  'routines with bodies of statements': {
    old: "CREATE TABLE t (id int PRIMARY KEY); CREATE FUNCTION f(a int) RETURNS int DETERMINISTIC RETURN a + 1; CREATE PROCEDURE p(IN a int, OUT b varchar(20)) COMMENT 'one' BEGIN IF a > 1 THEN SET b = 'x;y'; ELSE SELECT 1; END IF; END;",
    new: "CREATE TABLE t (id int PRIMARY KEY); CREATE FUNCTION f(a bigint) RETURNS bigint DETERMINISTIC RETURN a + 2; CREATE PROCEDURE p(IN a int, OUT b varchar(20)) COMMENT 'two' BEGIN IF a > 2 THEN SET b = 'x;y'; ELSE SELECT 2; END IF; END;",
  },
}

const mariadb: Readonly<Record<string, MysqlPair>> = {
  'sequences and defaults that draw from them': {
    old: 'CREATE SEQUENCE s START WITH 5 INCREMENT BY 2; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval(s));',
    new: 'CREATE SEQUENCE s START WITH 5 INCREMENT BY 3 MAXVALUE 900 CYCLE; CREATE SEQUENCE r; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval(s), n int DEFAULT nextval(r));',
  },
  'system versioning comes and goes': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE u (id int PRIMARY KEY) WITH SYSTEM VERSIONING;',
    new: 'CREATE TABLE t (id int PRIMARY KEY, n int) WITH SYSTEM VERSIONING; CREATE TABLE u (id int PRIMARY KEY);',
  },
  'uuid, inet6, json': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, j longtext);',
    new: "CREATE TABLE t (id int PRIMARY KEY, j json, u uuid DEFAULT uuid(), i inet6 DEFAULT '::1', x int INVISIBLE DEFAULT 5);",
  },
  'the index of a foreign key is replaced, beside a check that goes with its column': {
    old: 'CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, c int CHECK (c > 0), a int, KEY k (a DESC), CONSTRAINT f FOREIGN KEY (a) REFERENCES r (id));',
    new: 'CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, KEY l (a, id), CONSTRAINT f FOREIGN KEY (a) REFERENCES r (id));',
  },
  'the index of a foreign key is replaced, beside a new table': {
    old: 'CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, b int, KEY k (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES r (id));',
    new: 'CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE n (x int); CREATE TABLE t (id int PRIMARY KEY, a int, b int, KEY l (a, b), CONSTRAINT f FOREIGN KEY (a) REFERENCES r (id));',
  },
  'an index that is ignored': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, n int, KEY k (n));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, n int, KEY k (n) IGNORED);',
  },
}

describeMysql('MySQL and MariaDB, from one schema to another', () => {
  for (const [name, pair] of tableOf(Object.entries({ ...pairs, ...mariadb }))) {
    test(name, async () => {
      expect(await runPair(pair)).toEqual([])
    })
  }
})
