/** Pairs of schemas by the chapters of the manuals of MySQL and MariaDB: CREATE TABLE, ALTER TABLE, data types, partitions, generated columns. */
import type { MysqlPair } from '../support/mysql-pairs.ts'

/** A table t of an id and these. */
const t = (parts: string, options = ''): string => `CREATE TABLE t (id int NOT NULL PRIMARY KEY, ${parts}) ${options};`
const of = (old: string, next: string, more: Partial<MysqlPair> = {}): MysqlPair => ({
  old: t(old),
  new: t(next),
  ...more,
})
const p =
  'CREATE TABLE p (id int NOT NULL PRIMARY KEY, x int NOT NULL, y int NOT NULL, UNIQUE KEY pxy (x, y), UNIQUE KEY px (x));'

export const pairs: Readonly<Record<string, MysqlPair>> = {
  // Data types
  'integers of every width, with and without sign': of(
    'a tinyint, b smallint unsigned, c mediumint, d int unsigned zerofill, e bigint',
    'a tinyint unsigned, b mediumint unsigned, c int, d int unsigned, e bigint unsigned',
  ),
  'zerofill with a width': of(
    'a int(6) unsigned zerofill NOT NULL DEFAULT 000007',
    'a int(9) unsigned zerofill NOT NULL DEFAULT 8',
  ),
  'decimals: precision, scale, unsigned, defaults with zeros': of(
    'a decimal(8,2) NOT NULL DEFAULT 0.00, b decimal(5) DEFAULT 10, c numeric(65,30), d dec unsigned',
    'a decimal(10,3) NOT NULL DEFAULT 1.500, b decimal(6,1) DEFAULT 10.5, c decimal(65,30) DEFAULT 0.000000000000000000000000000001, d decimal(10,0)',
  ),
  'float with digits, double unsigned, exponents': of(
    'a float(7,3), b double unsigned DEFAULT 1e3, c float DEFAULT -1.5, d float(30)',
    'a float(9,4), b double DEFAULT 1.5e-3, c float unsigned DEFAULT 0, d double',
  ),
  'bits and their constants': of(
    "a bit(1) NOT NULL DEFAULT b'0', b bit(8) DEFAULT b'101'",
    "a bit(1) NOT NULL DEFAULT b'1', b bit(16) DEFAULT 0x0f",
  ),
  'booleans and their constants': of(
    'a bool NOT NULL DEFAULT true, b boolean DEFAULT 0',
    'a tinyint(1) NOT NULL DEFAULT 0, b bool DEFAULT false',
  ),
  'dates and times with fractions': of(
    "a datetime DEFAULT '2020-01-01 00:00:00', b time(2), c timestamp NULL DEFAULT NULL, d year DEFAULT 1999, e date DEFAULT '2000-02-29'",
    "a datetime(6) DEFAULT '2020-01-01 00:00:00.123456', b time, c timestamp(6) NULL DEFAULT CURRENT_TIMESTAMP(6), d year DEFAULT 2001, e date DEFAULT (CURRENT_DATE)",
  ),
  'two timestamps, each with its own ON UPDATE': of(
    'a timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, b timestamp NULL ON UPDATE CURRENT_TIMESTAMP',
    "a timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, b timestamp NOT NULL DEFAULT '2001-01-01 00:00:00'",
  ),
  'strings of every size': of(
    "a char(0), b char(255), c varchar(1) NOT NULL DEFAULT '', d tinytext, e text, f mediumtext, g longtext",
    "a char(1), b varchar(255), c varchar(300) NOT NULL DEFAULT 'x', d text, e mediumtext, f longtext, g longtext NOT NULL DEFAULT ('')",
  ),
  'bytes of every size': of(
    "a binary(3), b varbinary(9) DEFAULT 'ab', c tinyblob, d blob, e mediumblob",
    "a binary(4), b varbinary(20) DEFAULT x'6162', c blob, d mediumblob, e longblob",
  ),
  'national, unicode and binary attributes': of(
    'a nchar(3), b nvarchar(9), c char(3) unicode, d char(3) ascii, e varchar(9) binary',
    'a nchar(4), b nvarchar(12), c char(4) unicode, d char(4) ascii, e varchar(9)',
  ),
  'labels with quotes, commas, brackets and backslashes': of(
    String.raw`e enum('it''s','a,b','(c)','d\\e','') NOT NULL DEFAULT 'it''s', s set('x y','"q"')`,
    String.raw`e enum('it''s','a,b','(c)','d\\e','','new''') NOT NULL DEFAULT '(c)', s set('x y','"q"','z)')`,
  ),
  'an enum of another character set': of(
    "e enum('ä','ö') CHARACTER SET latin1 DEFAULT 'ä'",
    "e enum('ä','ö','ü') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'ü'",
  ),
  'addresses and identifiers (MariaDB)': of(
    "a uuid DEFAULT uuid(), b inet6 DEFAULT '::1', c inet4",
    "a uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', b inet6 DEFAULT '::2', c inet4 DEFAULT '10.0.0.1'",
  ),
  'json with a check, a default and a key over a value': of(
    "j json, k json CHECK (json_valid(k) AND json_type(k) = 'OBJECT')",
    "j json NOT NULL DEFAULT '{}', k json, n int AS (json_value(j, '$.n')) VIRTUAL, KEY kn (n)",
  ),
  'geometries of every kind, with a spatial key': of(
    'a point NOT NULL, b linestring, c polygon, d multipoint, e geometry',
    'a point NOT NULL, b geometry, c polygon, d multipoint, f geometrycollection, g multipolygon, SPATIAL KEY ga (a)',
  ),
  'SERIAL, and what it is short for': {
    old: 'CREATE TABLE t (id serial, v int);',
    new: 'CREATE TABLE t (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, v int);',
  },
  'compressed and invisible columns (MariaDB)': of(
    'a text COMPRESSED, b int INVISIBLE DEFAULT 3',
    'a text, b int NOT NULL DEFAULT 3, c varchar(200) COMPRESSED DEFAULT NULL',
  ),
  // Defaults
  'defaults that are expressions': of(
    "a int DEFAULT (1 + 2), b varchar(40) DEFAULT (CONCAT('a', 'b')), c int DEFAULT (id * 2)",
    "a int DEFAULT (1 + 3), b varchar(40) DEFAULT (UPPER('x')), c int DEFAULT (id * 3)",
  ),
  'defaults with quotes, backslashes, emoji and words of SQL': of(
    String.raw`a varchar(40) DEFAULT 'it''s', b varchar(40) DEFAULT 'a\\b', c varchar(40) DEFAULT 'NULL', d varchar(40) DEFAULT 'current_timestamp'`,
    String.raw`a varchar(40) DEFAULT '"', b varchar(40) DEFAULT 'a\\\\b', c varchar(40) DEFAULT '🙂', d varchar(40) DEFAULT 'uuid()'`,
  ),
  'a default dropped, set to NULL, and a NOT NULL without one': of(
    'a int DEFAULT 1, b int NOT NULL DEFAULT 1, c int',
    'a int DEFAULT NULL, b int NOT NULL, c int NOT NULL DEFAULT 0',
  ),
  'the next value of a sequence as default (MariaDB)': {
    old: `CREATE SEQUENCE s START WITH 10; ${t('a bigint DEFAULT nextval(s)')}`,
    new: `CREATE SEQUENCE s START WITH 10 INCREMENT BY 5 MAXVALUE 1000 CYCLE; CREATE SEQUENCE s2; ${t('a bigint DEFAULT nextval(s2), b bigint DEFAULT (NEXT VALUE FOR s)')}`,
  },
  // Columns
  'AUTO_INCREMENT moves to another column': {
    old: 'CREATE TABLE t (a int NOT NULL AUTO_INCREMENT PRIMARY KEY, b int NOT NULL, KEY kb (b));',
    new: 'CREATE TABLE t (a int NOT NULL PRIMARY KEY, b int NOT NULL AUTO_INCREMENT, KEY kb (b));',
  },
  'AUTO_INCREMENT within a key of two columns': {
    old: 'CREATE TABLE t (g int NOT NULL, n int NOT NULL, PRIMARY KEY (g, n));',
    new: 'CREATE TABLE t (g int NOT NULL, n int NOT NULL AUTO_INCREMENT, PRIMARY KEY (n, g));',
  },
  'a counted column gets another type, and a foreign key to it too': {
    old: 'CREATE TABLE a (id int NOT NULL AUTO_INCREMENT PRIMARY KEY); CREATE TABLE t (id int NOT NULL PRIMARY KEY, a_id int, CONSTRAINT fa FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE);',
    new: 'CREATE TABLE a (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY); CREATE TABLE t (id int NOT NULL PRIMARY KEY, a_id bigint unsigned, CONSTRAINT fa FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE SET NULL);',
  },
  'columns added at the front, in the middle and at the end': {
    old: 'CREATE TABLE t (b int NOT NULL PRIMARY KEY, d int);',
    new: 'CREATE TABLE t (a int DEFAULT 1, b int NOT NULL PRIMARY KEY, c int DEFAULT 2, d int, e int);',
  },
  'comments: of table, column, key, with quotes and lines': {
    old: String.raw`CREATE TABLE t (id int NOT NULL PRIMARY KEY COMMENT 'the ''id''', a int, KEY ka (a) COMMENT 'one') COMMENT='first\nline';`,
    new: String.raw`CREATE TABLE t (id int NOT NULL PRIMARY KEY, a int COMMENT 'ä "b" \\ c', KEY ka (a) COMMENT 'it''s two') COMMENT='it''s "second"';`,
  },
  'a column that is in a key, a check, a generated column and a foreign key goes': {
    old: `${p} ${t('x int, y int, g int AS (x + y) STORED, KEY kxy (x, y), CONSTRAINT c CHECK (x > y OR x <= y), CONSTRAINT f FOREIGN KEY (x) REFERENCES p (x)')}`,
    new: `${p} ${t('y int, g int AS (y) STORED, KEY kxy (y)')}`,
  },
  'a column in keys, checks, generated columns and partitions is renamed': {
    old: 'CREATE TABLE t (id int NOT NULL, a int NOT NULL, g int AS (a * 2) VIRTUAL, PRIMARY KEY (id, a), KEY ka (a, g), CONSTRAINT c CHECK (a >= 0)) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN MAXVALUE);',
    new: 'CREATE TABLE t (id int NOT NULL, b int NOT NULL, g int AS (b * 2) VIRTUAL, PRIMARY KEY (id, b), KEY ka (b, g), CONSTRAINT c CHECK (b >= 0)) PARTITION BY RANGE (b) (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN MAXVALUE);',
    hints: [{ rename: 'column', table: 't', from: 'a', to: 'b' }],
  },
  'a column renamed to another case': of('Value int, KEY kv (Value)', 'value int, KEY kv (value)', {
    hints: [{ rename: 'column', table: 't', from: 'Value', to: 'value' }],
  }),
  'names of every letter': {
    old: 'CREATE TABLE `a b` (`select` int NOT NULL PRIMARY KEY, `x``y` int, `日本` int, `p.q` int, `%d` int, `$e` int, KEY `k-1` (`x``y`), CONSTRAINT `c d` CHECK (`日本` <> 5));',
    new: 'CREATE TABLE `a b` (`select` bigint NOT NULL PRIMARY KEY, `x``y` int NOT NULL DEFAULT 1, `日本` int, `p.q` varchar(9), `%d` int, `$e` int, `1st` int, KEY `k-1` (`x``y`, `p.q`), CONSTRAINT `c d` CHECK (`日本` <> 6));',
  },
  // Keys
  'the primary key from one column to two and to another': {
    old: 'CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int NOT NULL, PRIMARY KEY (a)); CREATE TABLE u (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b));',
    new: 'CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int NOT NULL, PRIMARY KEY (b, a)); CREATE TABLE u (a int NOT NULL, b int NOT NULL, PRIMARY KEY (b));',
  },
  'the primary key comes, and goes': {
    old: 'CREATE TABLE t (a int NOT NULL, b int); CREATE TABLE u (a int NOT NULL PRIMARY KEY);',
    new: 'CREATE TABLE t (a int NOT NULL PRIMARY KEY, b int); CREATE TABLE u (a int NOT NULL);',
  },
  'a key that a foreign key needs is replaced by a longer one': {
    old: `${p} ${t('x int, y int, KEY kx (x), CONSTRAINT f FOREIGN KEY (x) REFERENCES p (x)')}`,
    new: `${p} ${t('x int, y int, KEY kxy (x, y), CONSTRAINT f FOREIGN KEY (x) REFERENCES p (x)')}`,
  },
  'a key becomes unique, and a unique key plain, under the same names': of(
    'a int, b int, KEY ka (a), UNIQUE KEY kb (b)',
    'a int, b int, UNIQUE KEY ka (a), KEY kb (b)',
  ),
  'keys in descending order and with prefixes': of(
    'a int, b varchar(90), c text, KEY k1 (a DESC, b), KEY k2 (b(10), a), KEY k3 (c(5))',
    'a int, b varchar(90), c text, KEY k1 (a, b DESC), KEY k2 (b(20), a DESC), KEY k3 (c(50), b(3))',
  ),
  'a unique key over a long text (MariaDB hashes it)': of('a text', 'a text, UNIQUE KEY ua (a)'),
  'full text over two columns, and its parser': of(
    'a text, b varchar(90), FULLTEXT KEY fa (a)',
    'a text, b varchar(90), FULLTEXT KEY fa (a, b), FULLTEXT KEY fb (b)',
  ),
  'a key ignored and seen again (MariaDB)': of(
    'a int, b int, KEY ka (a) IGNORED, KEY kb (b)',
    'a int, b int, KEY ka (a), KEY kb (b) IGNORED',
  ),
  'keys of a memory table by hash and by tree': {
    old: t('a int, KEY ka (a) USING HASH', 'ENGINE=MEMORY'),
    new: t('a int, KEY ka (a) USING BTREE', 'ENGINE=MEMORY'),
  },
  'two keys over the same column, one of which goes': of(
    'a int, KEY k1 (a), KEY k2 (a), UNIQUE KEY k3 (a)',
    'a int, KEY k2 (a)',
  ),
  'names of keys swapped': of('a int, b int, KEY ka (a), KEY kb (b)', 'a int, b int, KEY ka (b), KEY kb (a)'),
  // Foreign keys
  'a foreign key over two columns, to a unique key, with other actions': {
    old: `${p} ${t('x int, y int, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES p (x, y) ON DELETE CASCADE')}`,
    new: `${p} ${t('x int, y int, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES p (x, y) ON DELETE SET NULL ON UPDATE CASCADE')}`,
  },
  'tables that refer to each other, and to themselves': {
    old: 'CREATE TABLE a (id int NOT NULL PRIMARY KEY, b_id int); CREATE TABLE b (id int NOT NULL PRIMARY KEY, a_id int, CONSTRAINT fb FOREIGN KEY (a_id) REFERENCES a (id));',
    new: 'CREATE TABLE a (id int NOT NULL PRIMARY KEY, b_id int, up int, KEY fa (b_id), CONSTRAINT fs FOREIGN KEY (up) REFERENCES a (id) ON DELETE CASCADE); CREATE TABLE b (id int NOT NULL PRIMARY KEY, a_id int, CONSTRAINT fb FOREIGN KEY (a_id) REFERENCES a (id)); ALTER TABLE a ADD CONSTRAINT fa FOREIGN KEY (b_id) REFERENCES b (id);',
  },
  'parent and child go together, and others stay': {
    old: `${p} ${t('x int, CONSTRAINT f FOREIGN KEY (x) REFERENCES p (x)')} CREATE TABLE z (id int NOT NULL PRIMARY KEY);`,
    new: 'CREATE TABLE z (id int NOT NULL PRIMARY KEY, v int);',
  },
  'a foreign key without a name, and one whose key is unique': {
    old: `${p} ${t('x int, UNIQUE KEY ux (x), FOREIGN KEY (x) REFERENCES p (x)')}`,
    new: `${p} ${t('x int, UNIQUE KEY ux (x), y int, FOREIGN KEY (x) REFERENCES p (x) ON UPDATE CASCADE')}`,
  },
  'a table that others refer to is renamed': {
    old: `${p} ${t('x int, CONSTRAINT f FOREIGN KEY (x) REFERENCES p (x)')} CREATE VIEW v AS SELECT x FROM p;`,
    new: `${p.replace('TABLE p', 'TABLE q')} ${t('x int, CONSTRAINT f FOREIGN KEY (x) REFERENCES q (x)')} CREATE VIEW v AS SELECT x FROM q;`,
    hints: [{ rename: 'table', from: 'p', to: 'q' }],
  },
  // Checks
  'checks of columns and of the table, with and without names': of(
    'a int CHECK (a > 0), b int, CONSTRAINT c1 CHECK (a < 100), CHECK (b <> 5)',
    'a int CHECK (a >= 0), b int CHECK (b > -9), CONSTRAINT c1 CHECK (a < 200), CHECK (b <> 6)',
  ),
  'a check over strings, lists, patterns and functions': of(
    "a varchar(20), CONSTRAINT c CHECK (a IN ('x', 'it''s', 'r1', 'r2', 'r3') OR a LIKE 'a\\_%' OR LENGTH(a) = 0)",
    "a varchar(20), CONSTRAINT c CHECK (a REGEXP '^[a-z]+[0-9]?$' AND NOT a = 'q')",
  ),
  // Generated columns
  'generated columns: virtual, stored, of each other, with keys': of(
    'a int, g int AS (a + 1) VIRTUAL, h int AS (g * 2) VIRTUAL, KEY kh (h)',
    'a int, g int AS (a + 2) STORED, h int AS (g * 2) STORED, i int AS (h) VIRTUAL, UNIQUE KEY kh (h, id)',
  ),
  'a plain column becomes a generated one and back': of('a int, b int', 'a int, b int AS (a * 2) STORED', {
    rows: ['INSERT INTO t VALUES (1, 4, 8)'],
  }),
  'a generated column of dates, JSON, CASE and text': of(
    "d datetime, y int AS (YEAR(d)) STORED, w varchar(9) AS (CASE WHEN id > 1 THEN 'many' ELSE 'one' END) VIRTUAL",
    "d datetime, y int AS (YEAR(d) * 100 + MONTH(d)) STORED, w varchar(9) AS (IF(id > 2, 'many', CONCAT('o', 'ne'))) VIRTUAL, m char(32) AS (MD5(id)) STORED",
  ),
  'a generated column that is NOT NULL, with a comment and a collation (MariaDB)': of(
    "a varchar(9), b varchar(9) COLLATE utf8mb4_bin AS (LOWER(a)) STORED COMMENT 'low'",
    "a varchar(9), b varchar(20) COLLATE utf8mb4_general_ci AS (LOWER(a)) STORED COMMENT 'lower'",
  ),
  // Table options
  'options of tables': {
    old: t('v text', 'AVG_ROW_LENGTH=100 MAX_ROWS=1000 CHECKSUM=1 ENGINE=MyISAM'),
    new: t('v text', 'MAX_ROWS=2000 PACK_KEYS=1 DELAY_KEY_WRITE=1 ENGINE=MyISAM'),
  },
  'statistics and page compression': {
    old: t('v text', 'STATS_PERSISTENT=1 STATS_AUTO_RECALC=0'),
    new: t('v text', 'STATS_PERSISTENT=0 STATS_SAMPLE_PAGES=20 PAGE_COMPRESSED=1'),
  },
  'character set and collation of the table alone, and with its columns': {
    old: `${t('v varchar(20)', 'CHARSET=latin1 COLLATE=latin1_german1_ci')} CREATE TABLE u (id int NOT NULL PRIMARY KEY, v varchar(20) CHARACTER SET latin1) CHARSET=utf8mb4;`,
    new: `${t('v varchar(20)', 'CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci')} CREATE TABLE u (id int NOT NULL PRIMARY KEY, v varchar(20) CHARACTER SET latin1) CHARSET=ascii;`,
  },
  // Partitions
  'partitions by range of an expression: added, dropped, split': {
    old: 'CREATE TABLE t (id int NOT NULL, d date NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (YEAR(d)) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN (2010));',
    new: "CREATE TABLE t (id int NOT NULL, d date NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (YEAR(d)) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN (2010), PARTITION p2 VALUES LESS THAN (2030) COMMENT = 'it''s new', PARTITION pm VALUES LESS THAN MAXVALUE);",
    rows: ["INSERT INTO t VALUES (1, '1999-01-01'), (2, '2005-05-05')"],
  },
  'partitions by columns, with a default list': {
    old: "CREATE TABLE t (id int NOT NULL, c varchar(5) NOT NULL, PRIMARY KEY (id, c)) PARTITION BY LIST COLUMNS (c) (PARTITION a VALUES IN ('x','y'), PARTITION b VALUES IN ('z'));",
    new: "CREATE TABLE t (id int NOT NULL, c varchar(5) NOT NULL, PRIMARY KEY (id, c)) PARTITION BY LIST COLUMNS (c) (PARTITION a VALUES IN ('x'), PARTITION b VALUES IN ('z','it''s'), PARTITION d DEFAULT);",
    rows: ["INSERT INTO t VALUES (1, 'x'), (2, 'y')"],
  },
  'partitions by range of two columns': {
    old: 'CREATE TABLE t (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b)) PARTITION BY RANGE COLUMNS (a, b) (PARTITION p0 VALUES LESS THAN (5, 10), PARTITION p1 VALUES LESS THAN (MAXVALUE, MAXVALUE));',
    new: 'CREATE TABLE t (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b)) PARTITION BY RANGE COLUMNS (a, b) (PARTITION p0 VALUES LESS THAN (2, 2), PARTITION p1 VALUES LESS THAN (5, 10), PARTITION p2 VALUES LESS THAN (9, MAXVALUE));',
    rows: ['INSERT INTO t VALUES (1, 1), (3, 3)'],
  },
  'partitions by hash, linear hash and key, with subpartitions': {
    old: 'CREATE TABLE t (id int NOT NULL PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3; CREATE TABLE u (id int NOT NULL PRIMARY KEY) PARTITION BY KEY () PARTITIONS 2; CREATE TABLE w (id int NOT NULL, d int NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (d) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (5), PARTITION p1 VALUES LESS THAN MAXVALUE);',
    new: 'CREATE TABLE t (id int NOT NULL PRIMARY KEY) PARTITION BY LINEAR HASH (id) PARTITIONS 4; CREATE TABLE u (id int NOT NULL PRIMARY KEY) PARTITION BY LINEAR KEY (id) PARTITIONS 3; CREATE TABLE w (id int NOT NULL, d int NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (d) SUBPARTITION BY KEY (id) (PARTITION p0 VALUES LESS THAN (5) (SUBPARTITION s0, SUBPARTITION s1), PARTITION p1 VALUES LESS THAN MAXVALUE (SUBPARTITION s2, SUBPARTITION s3));',
  },
  'a partitioned table gets another column, key and engine': {
    old: 'CREATE TABLE t (id int NOT NULL PRIMARY KEY, v int) PARTITION BY HASH (id) PARTITIONS 2;',
    new: 'CREATE TABLE t (id bigint NOT NULL, v int NOT NULL DEFAULT 1, w varchar(9), PRIMARY KEY (id), KEY kw (w)) ENGINE=Aria PARTITION BY HASH (id) PARTITIONS 2;',
  },
  // System versioning and periods
  'system versioning with partitions of its history (MariaDB)': {
    old: t('v int', 'WITH SYSTEM VERSIONING'),
    new: t('v int, w int', 'WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME LIMIT 1000 PARTITIONS 2'),
  },
  'system versioning by named columns, and a column without it (MariaDB)': {
    old: t(
      'v int, s timestamp(6) GENERATED ALWAYS AS ROW START, e timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)',
      'WITH SYSTEM VERSIONING',
    ),
    new: t(
      'v bigint, w int WITHOUT SYSTEM VERSIONING, s timestamp(6) GENERATED ALWAYS AS ROW START, e timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)',
      'WITH SYSTEM VERSIONING',
    ),
  },
  // Views
  'views over each other, over two tables, with options': {
    old: `${t('v int')} ${p} CREATE VIEW a AS SELECT t.id, p.x FROM t JOIN p ON p.id = t.id; CREATE VIEW b AS SELECT id FROM a WHERE x > 1;`,
    new: `${t('v bigint, w int')} ${p} CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW a (i, j, k) AS SELECT t.id, p.x, t.w FROM t JOIN p ON p.id = t.id; CREATE VIEW b AS SELECT i AS id FROM a WHERE j > 2 WITH LOCAL CHECK OPTION;`,
  },
  'views with UNION, CTE, window functions and subqueries': {
    old: `${t('v int')} CREATE VIEW a AS SELECT id FROM t UNION ALL SELECT v FROM t; CREATE VIEW b AS WITH x AS (SELECT id FROM t) SELECT id FROM x;`,
    new: `${t('v int')} CREATE VIEW a AS SELECT id, ROW_NUMBER() OVER (PARTITION BY v ORDER BY id DESC) AS n FROM t; CREATE VIEW b AS WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT n, (SELECT MAX(v) FROM t) AS m FROM x;`,
  },
  'a view that calls a function that changes': {
    old: `${t('v int')} CREATE FUNCTION f (a int) RETURNS int DETERMINISTIC RETURN a + 1; CREATE VIEW a AS SELECT f(v) AS x FROM t;`,
    new: `${t('v int')} CREATE FUNCTION f (a bigint, b int) RETURNS bigint DETERMINISTIC RETURN a + b; CREATE VIEW a AS SELECT f(v, 2) AS x FROM t;`,
  },
  // Triggers, routines, events
  'triggers with bodies, in an order, on a table that changes': {
    old: `${t('v int, n int DEFAULT 0')} CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1;`,
    new: `${t('v bigint, n int DEFAULT 0, m varchar(20)')} CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW BEGIN DECLARE x int DEFAULT 2; IF NEW.v > x THEN SET NEW.m = 'it''s; big'; ELSE SET NEW.m = "small"; END IF; END; CREATE TRIGGER b BEFORE INSERT ON t FOR EACH ROW FOLLOWS a SET NEW.n = NEW.n + 1; CREATE TRIGGER c AFTER DELETE ON t FOR EACH ROW SET @gone = OLD.id;`,
  },
  'procedures and functions with parameters, handlers, loops and comments': {
    old: "CREATE PROCEDURE q (IN a int, OUT b int) SELECT a INTO b; CREATE FUNCTION f () RETURNS varchar(20) NO SQL RETURN 'x';",
    new: "CREATE PROCEDURE q (IN a int, INOUT b decimal(9,2), OUT c varchar(10) CHARACTER SET latin1) MODIFIES SQL DATA SQL SECURITY INVOKER COMMENT 'it''s' BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND SET b = 0; l: LOOP SET b = b + 1; IF b > a THEN LEAVE l; END IF; END LOOP; SET c = CONCAT(b, ';'); END; CREATE FUNCTION f () RETURNS varchar(30) CHARACTER SET utf8mb4 DETERMINISTIC RETURN 'y';",
  },
  'events, once and again, on and off': {
    old: "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO SET @x = 1;",
    new: "CREATE EVENT e ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS '2031-01-01 00:00:00' ENDS '2032-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'c' DO BEGIN SET @x = 1; SET @y = 2; END; CREATE EVENT o ON SCHEDULE AT '2033-01-01 00:00:00' DO SET @z = 3;",
  },
  // Schemas as files have them
  'the dress of a dump is no change': {
    old: "CREATE TABLE t (id int NOT NULL PRIMARY KEY, v varchar(9) DEFAULT 'x'); CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.v = ';'; END; CREATE VIEW w AS SELECT id FROM t;",
    new: `/*M!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
DROP TABLE IF EXISTS \`t\`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE \`t\` (
  \`id\` int(11) NOT NULL,
  \`v\` varchar(9) DEFAULT 'x',
  PRIMARY KEY (\`id\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
DELIMITER ;;
/*!50003 CREATE*/ /*!50003 TRIGGER a BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.v = ';'; END */;;
DELIMITER ;
/*!50001 CREATE VIEW \`w\` AS SELECT \`t\`.\`id\` AS \`id\` FROM \`t\` */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
`,
    empty: true,
  },
  'a schema that is altered as it goes': {
    old: t('a int'),
    new: `${t('a int')} ALTER TABLE t ADD b varchar(9) AFTER id, ADD KEY kb (b); CREATE UNIQUE INDEX ua ON t (a); CREATE TABLE u LIKE t; RENAME TABLE u TO w; ALTER TABLE w DROP COLUMN a; CREATE TABLE IF NOT EXISTS w (id int); CREATE TABLE x AS SELECT id, b FROM t;`,
  },
  'synonyms are no change': {
    old: "CREATE TABLE t (id integer(11) NOT NULL, a bool DEFAULT '1', b dec DEFAULT 1, c varchar(9) CHARACTER SET utf8, d timestamp NULL DEFAULT NOW(), e double precision, f int(3) NULL DEFAULT NULL, g character varying(4) UNIQUE, h int8, PRIMARY KEY USING BTREE (id), INDEX kb (b)) ENGINE=innodb ROW_FORMAT=DEFAULT;",
    new: "CREATE TABLE t (id int PRIMARY KEY, a tinyint(1) DEFAULT 1, b decimal(10,0) DEFAULT '1', c varchar(9) CHARACTER SET utf8mb3, d timestamp NULL DEFAULT CURRENT_TIMESTAMP(), e double, f int, g varchar(4), h bigint, UNIQUE KEY g (g), KEY kb (b));",
    empty: true,
  },
  'tables in an order that keys do not allow': {
    old: t('v int'),
    new: 'SET FOREIGN_KEY_CHECKS=0; CREATE TABLE a (id int NOT NULL PRIMARY KEY, b_id int, CONSTRAINT fa FOREIGN KEY (b_id) REFERENCES b (id)); CREATE TABLE b (id int NOT NULL PRIMARY KEY, a_id int, CONSTRAINT fb FOREIGN KEY (a_id) REFERENCES a (id)); SET FOREIGN_KEY_CHECKS=1;',
  },
  // One thing instead of another
  'every column is another one': {
    old: 'CREATE TABLE t (a int, b int, KEY ka (a));',
    new: 'CREATE TABLE t (c varchar(9), d date, KEY ka (c));',
  },
  'a view instead of a table, and a table instead of a view': {
    old: `${t('v int')} CREATE TABLE a (id int NOT NULL PRIMARY KEY); CREATE VIEW b AS SELECT id FROM t;`,
    new: `${t('v int')} CREATE VIEW a AS SELECT id FROM t; CREATE TABLE b (id int NOT NULL PRIMARY KEY);`,
  },
  'a procedure instead of a function, and the other way round': {
    old: 'CREATE FUNCTION f (a int) RETURNS int DETERMINISTIC RETURN a; CREATE PROCEDURE q () SELECT 1;',
    new: 'CREATE PROCEDURE f (a int) SELECT a; CREATE FUNCTION q () RETURNS int DETERMINISTIC RETURN 1;',
  },
  'a sequence instead of a table (MariaDB)': {
    old: `${t('v int')} CREATE TABLE s (id int NOT NULL PRIMARY KEY);`,
    new: `${t('v int')} CREATE SEQUENCE s MINVALUE -5 MAXVALUE 5 NOCACHE;`,
  },
  'triggers at another time, for another event, on another table': {
    old: `${t('v int')} CREATE TABLE u (id int NOT NULL PRIMARY KEY, v int); CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET NEW.v = 1; CREATE TRIGGER b AFTER UPDATE ON t FOR EACH ROW SET @a = 1;`,
    new: `${t('v int')} CREATE TABLE u (id int NOT NULL PRIMARY KEY, v int); CREATE TRIGGER a BEFORE UPDATE ON u FOR EACH ROW SET NEW.v = 1; CREATE TRIGGER b BEFORE UPDATE ON t FOR EACH ROW SET @a = 1;`,
  },
  // Several changes of one thing
  'a column renamed, retyped, with another default, comment, key and reference at once': {
    old: `${p} ${t("a int NOT NULL DEFAULT 1 COMMENT 'c', KEY ka (a), CONSTRAINT c CHECK (a < 99)")}`,
    new: `CREATE TABLE p (id bigint NOT NULL PRIMARY KEY, x int NOT NULL, y int NOT NULL, UNIQUE KEY pxy (x, y), UNIQUE KEY px (x)); ${t("b bigint DEFAULT 2 COMMENT 'd', UNIQUE KEY kb (b, id), CONSTRAINT c CHECK (b < 100), CONSTRAINT f FOREIGN KEY (b) REFERENCES p (id)")}`,
    hints: [{ rename: 'column', table: 't', from: 'a', to: 'b' }],
  },
  'comments alone: of a generated, a counted, a checked and an enum column': {
    old: "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, a int CHECK (a > 0), g int AS (a + 1) VIRTUAL, e enum('x','y') NOT NULL DEFAULT 'y', d timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);",
    new: "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT COMMENT '1' PRIMARY KEY, a int COMMENT '2' CHECK (a > 0), g int AS (a + 1) VIRTUAL COMMENT '3', e enum('x','y') NOT NULL DEFAULT 'y' COMMENT '4', d timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT '5');",
  },
  'texts that refer to texts get wider, and another collation': {
    old: 'CREATE TABLE a (k varchar(10) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY); CREATE TABLE t (id int NOT NULL PRIMARY KEY, k varchar(10) COLLATE utf8mb4_bin, CONSTRAINT fk FOREIGN KEY (k) REFERENCES a (k) ON UPDATE CASCADE);',
    new: 'CREATE TABLE a (k varchar(40) COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY); CREATE TABLE t (id int NOT NULL PRIMARY KEY, k varchar(40) COLLATE utf8mb4_general_ci, CONSTRAINT fk FOREIGN KEY (k) REFERENCES a (k) ON UPDATE CASCADE);',
  },
  'a number that is a key becomes a text, with what refers to it': {
    old: 'CREATE TABLE a (id int NOT NULL AUTO_INCREMENT PRIMARY KEY); CREATE TABLE t (id int NOT NULL PRIMARY KEY, a_id int, CONSTRAINT fa FOREIGN KEY (a_id) REFERENCES a (id));',
    new: 'CREATE TABLE a (id varchar(36) NOT NULL PRIMARY KEY); CREATE TABLE t (id int NOT NULL PRIMARY KEY, a_id varchar(36), CONSTRAINT fa FOREIGN KEY (a_id) REFERENCES a (id));',
  },
  'an index with the name of a foreign key, which goes while the key stays': {
    old: `${p} ${t('x int, y int, KEY f (x, y), CONSTRAINT f FOREIGN KEY (x) REFERENCES p (x)')}`,
    new: `${p} ${t('x int, y int, CONSTRAINT f FOREIGN KEY (x) REFERENCES p (x)')}`,
  },
  'two foreign keys over the same column': {
    old: `${p} CREATE TABLE q (id int NOT NULL PRIMARY KEY); ${t('x int, CONSTRAINT f1 FOREIGN KEY (x) REFERENCES p (id)')}`,
    new: `${p} CREATE TABLE q (id int NOT NULL PRIMARY KEY); ${t('x int, CONSTRAINT f1 FOREIGN KEY (x) REFERENCES p (id) ON DELETE CASCADE, CONSTRAINT f2 FOREIGN KEY (x) REFERENCES q (id))').replace('))', ')')}`,
  },
  'the base of a generated column goes, and its values stay': of('a int, g int AS (a * 2) STORED', 'g int', {
    rows: ['INSERT INTO t (id, a) VALUES (1, 4)'],
    up: { 'SELECT g FROM t': '8' },
  }),
  'a table with triggers is renamed': {
    old: `${t('v int')} CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET NEW.v = 1;`,
    new: `${t('v int').replace('TABLE t', 'TABLE u')} CREATE TRIGGER a BEFORE INSERT ON u FOR EACH ROW SET NEW.v = 1;`,
    hints: [{ rename: 'table', from: 't', to: 'u' }],
  },
  'three hundred labels': of(
    `e enum(${Array.from({ length: 300 }, (_, i) => `'l${i}'`).join(',')})`,
    `e enum(${Array.from({ length: 301 }, (_, i) => `'l${i}'`).join(',')}) NOT NULL DEFAULT 'l300'`,
  ),
  'the label that is the default goes': of(
    "e enum('a','b','c') NOT NULL DEFAULT 'c'",
    "e enum('a','b') NOT NULL DEFAULT 'b'",
  ),
  'names that differ in case alone': {
    old: 'CREATE TABLE T (id int NOT NULL PRIMARY KEY); CREATE TABLE t (id int NOT NULL PRIMARY KEY, v int);',
    new: 'CREATE TABLE T (id int NOT NULL PRIMARY KEY, w int); CREATE TABLE t (id int NOT NULL PRIMARY KEY);',
  },
  'an auto_increment that is unique and not the key': {
    old: 'CREATE TABLE t (a int NOT NULL AUTO_INCREMENT UNIQUE, b int NOT NULL PRIMARY KEY);',
    new: 'CREATE TABLE t (a int NOT NULL, b int NOT NULL AUTO_INCREMENT PRIMARY KEY, UNIQUE KEY a (a));',
  },
  'a period of the application under another name (MariaDB)': {
    old: t('s date NOT NULL, e date NOT NULL, PERIOD FOR app (s, e)'),
    new: t('s date NOT NULL, e date NOT NULL, PERIOD FOR other (s, e)'),
    rows: ["INSERT INTO t VALUES (1, '2020-01-01', '2021-01-01')"],
  },
  'a set instead of an enum, and an enum instead of a set': of(
    "e enum('a','b'), s set('x','y')",
    "e set('a','b'), s enum('x','y')",
  ),
  'a table that a view, a trigger and a procedure name goes with them': {
    old: `${t('v int')} CREATE TABLE u (id int); CREATE VIEW w AS SELECT id FROM u; CREATE PROCEDURE q () SELECT * FROM u; CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW INSERT INTO u VALUES (1);`,
    new: t('v int'),
  },
}
