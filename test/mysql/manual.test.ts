/** Changes by the lists of the ALTER TABLE chapters of the manuals of MySQL and MariaDB: each up, no difference, down, up again, with rows. */
import { expect, test } from 'vitest'
import { describeMysql } from '../support/mysql.ts'
import { runPair } from '../support/mysql-pairs.ts'
import type { MysqlPair } from '../support/mysql-pairs.ts'
import { tableOf } from '../support/table-of.ts'

const parent = 'CREATE TABLE p (id int PRIMARY KEY, x int NOT NULL, UNIQUE KEY ux (x));'
const held = 'SELECT GROUP_CONCAT(v ORDER BY id) FROM t'

/** By what the manual's chapter calls it. */
const pairs: Readonly<Record<string, MysqlPair>> = {
  'CONVERT TO CHARACTER SET: bytes change, letters stay': {
    old: "CREATE TABLE t (id int PRIMARY KEY, v varchar(40) NOT NULL DEFAULT 'é' COMMENT 'c', w char(3), x mediumtext, KEY k (v(10)), FULLTEXT KEY f (x)) CHARSET=latin1;",
    new: "CREATE TABLE t (id int PRIMARY KEY, v varchar(40) NOT NULL DEFAULT 'é' COMMENT 'c', w char(3), x mediumtext, KEY k (v(10)), FULLTEXT KEY f (x)) CHARSET=utf8mb4;",
    rows: ["INSERT INTO t VALUES (1, 'Zoë', 'añb', 'straße'), (2, DEFAULT, NULL, NULL)"],
    up: { [held]: 'Zoë,é', 'SELECT GROUP_CONCAT(HEX(w)) FROM t': '61C3B162' },
    down: { [held]: 'Zoë,é', 'SELECT GROUP_CONCAT(HEX(w)) FROM t': '61F162' },
  },
  'a column of another character set than its table': {
    old: "CREATE TABLE t (id int PRIMARY KEY, v varchar(40) CHARACTER SET latin1 DEFAULT 'x') CHARSET=utf8mb4;",
    new: "CREATE TABLE t (id int PRIMARY KEY, v varchar(40) CHARACTER SET ucs2 COLLATE ucs2_bin DEFAULT 'x') CHARSET=utf8mb4;",
    rows: ["INSERT INTO t VALUES (1, 'Zoë'), (2, DEFAULT)"],
    up: { [held]: 'Zoë,x' },
    down: { [held]: 'Zoë,x' },
  },
  'ENGINE: rows of a table with foreign keys stay in InnoDB, others move': {
    old: `${parent} CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, v varchar(9)) ENGINE=InnoDB; CREATE TABLE a (id int PRIMARY KEY) ENGINE=MyISAM;`,
    new: `${parent} CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, v varchar(9)) ENGINE=Aria; CREATE TABLE a (id int PRIMARY KEY, CONSTRAINT fa FOREIGN KEY (id) REFERENCES p (id)) ENGINE=InnoDB;`,
  },
  'ENGINE: a table leaves InnoDB with its foreign key': {
    old: `${parent} CREATE TABLE t (id int PRIMARY KEY, x int, CONSTRAINT ft FOREIGN KEY (x) REFERENCES p (x));`,
    new: `${parent} CREATE TABLE t (id int PRIMARY KEY, x int, KEY ft (x)) ENGINE=MyISAM;`,
  },
  ROW_FORMAT: {
    old: 'CREATE TABLE t (id int PRIMARY KEY, v text) ROW_FORMAT=COMPACT; CREATE TABLE u (id int PRIMARY KEY) ROW_FORMAT=COMPRESSED;',
    new: 'CREATE TABLE t (id int PRIMARY KEY, v text) ROW_FORMAT=COMPRESSED; CREATE TABLE u (id int PRIMARY KEY) ROW_FORMAT=REDUNDANT;',
  },
  'CHANGE of a name with all that the column has': {
    old: "CREATE TABLE t (id int PRIMARY KEY, v timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3) COMMENT 'when', KEY k (v));",
    new: "CREATE TABLE t (id int PRIMARY KEY, w timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3) COMMENT 'when', KEY k (w));",
    hints: [{ rename: 'column', table: 't', from: 'v', to: 'w' }],
  },
  'labels of SET and ENUM in the middle, and their default': {
    old: "CREATE TABLE t (id int PRIMARY KEY, v set('a','b','d') NOT NULL DEFAULT 'a,d', e enum('x','z') DEFAULT 'z');",
    new: "CREATE TABLE t (id int PRIMARY KEY, v set('a','b','c','d') NOT NULL DEFAULT 'a,c,d', e enum('x','y','z') DEFAULT 'y');",
    rows: ["INSERT INTO t VALUES (1, 'b,d', 'z'), (2, DEFAULT, 'x')"],
    up: { "SELECT GROUP_CONCAT(CONCAT(v, '/', e) ORDER BY id SEPARATOR ';') FROM t": 'b,d/z;a,d/x' },
    down: { "SELECT GROUP_CONCAT(CONCAT(v, '/', e) ORDER BY id SEPARATOR ';') FROM t": 'b,d/z;a,d/x' },
  },
  'keys with prefixes, of blobs and of two lengths': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a varchar(100), b blob, KEY k (a(10), b(20)), UNIQUE KEY u (b(30)));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a varchar(100), b blob, KEY k (a, b(20)), UNIQUE KEY u (b(31)));',
  },
  'a key of a column that gets too short for its prefix': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a varchar(100), KEY k (a(50)));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a varchar(30), KEY k (a));',
  },
  'FULLTEXT and SPATIAL keys come and go with their columns': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a text, b text, FULLTEXT KEY f (a, b), g geometry NOT NULL, SPATIAL KEY s (g));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, b text, FULLTEXT KEY f (b), h point NOT NULL, SPATIAL KEY s (h));',
    hints: [{ backfill: 't.h', expression: 'POINT(0, 0)' }],
  },
  'a foreign key takes over an index, and gives it back': {
    old: `${parent} CREATE TABLE t (id int PRIMARY KEY, x int, y int, KEY kx (x));`,
    new: `${parent} CREATE TABLE t (id int PRIMARY KEY, x int, y int, KEY kx (x), CONSTRAINT fx FOREIGN KEY (x) REFERENCES p (x), CONSTRAINT fy FOREIGN KEY (y) REFERENCES p (id));`,
  },
  'the index that the other end of a foreign key needs is another one': {
    old: `${parent} CREATE TABLE t (id int PRIMARY KEY, x int, CONSTRAINT fx FOREIGN KEY (x) REFERENCES p (x));`,
    new: 'CREATE TABLE p (id int PRIMARY KEY, x int NOT NULL, UNIQUE KEY uy (x)); CREATE TABLE t (id int PRIMARY KEY, x int, CONSTRAINT fx FOREIGN KEY (x) REFERENCES p (x));',
  },
  'the primary key that foreign keys point to gets another column': {
    old: 'CREATE TABLE q (id int NOT NULL, o int NOT NULL, PRIMARY KEY (id)); CREATE TABLE t (id int PRIMARY KEY, x int, CONSTRAINT fx FOREIGN KEY (x) REFERENCES q (id));',
    new: 'CREATE TABLE q (id int NOT NULL, o int NOT NULL, PRIMARY KEY (id, o)); CREATE TABLE t (id int PRIMARY KEY, x int, CONSTRAINT fx FOREIGN KEY (x) REFERENCES q (id));',
  },
  'a table that points to itself, its number made wider': {
    old: 'CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, up_id int, CONSTRAINT fs FOREIGN KEY (up_id) REFERENCES t (id) ON DELETE SET NULL);',
    new: 'CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY, up_id bigint, CONSTRAINT fs FOREIGN KEY (up_id) REFERENCES t (id) ON DELETE CASCADE);',
    rows: ['INSERT INTO t VALUES (1, NULL), (2, 1)'],
    up: { 'SELECT GROUP_CONCAT(IFNULL(up_id, 0) ORDER BY id) FROM t': '0,1' },
    down: { 'SELECT GROUP_CONCAT(IFNULL(up_id, 0) ORDER BY id) FROM t': '0,1' },
  },
  'checks over a column whose type and name change': {
    old: "CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(9), CONSTRAINT c CHECK (a > 0 AND b <> ''), CONSTRAINT d CHECK (a < 100));",
    new: "CREATE TABLE t (id int PRIMARY KEY, n bigint, b varchar(9), CONSTRAINT c CHECK (n > 0 AND b <> ''), CONSTRAINT d CHECK (n < 100));",
    hints: [{ rename: 'column', table: 't', from: 'a', to: 'n' }],
  },
  'of two generated columns one becomes plain, the other stored': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a int, v int AS (a + 1) STORED, w int AS (a * 2) STORED);',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a int, v int, w int AS (a * 2) VIRTUAL);',
    rows: ['INSERT INTO t (id, a) VALUES (1, 10), (2, 20)'],
    up: { [held]: '11,21', 'SELECT SUM(w) FROM t': '60' },
    down: { [held]: '11,21', 'SELECT SUM(w) FROM t': '60' },
  },
  'of two generated columns one becomes plain, that the other is made of': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a int, v int AS (a + 1) STORED, w int AS (v * 2) STORED, KEY kw (w));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a int, v int, w int AS (v * 2) STORED, KEY kw (w));',
    rows: ['INSERT INTO t (id, a) VALUES (1, 10), (2, 20)'],
    up: { [held]: '11,21', 'SELECT SUM(w) FROM t': '64' },
    down: { [held]: '11,21', 'SELECT SUM(w) FROM t': '64' },
  },
  'a plain column becomes a generated one, under an index and a check': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a int, v int, KEY k (v), CONSTRAINT c CHECK (v > 0));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a int, v int AS (a + 1) STORED, KEY k (v), CONSTRAINT c CHECK (v > 0));',
    rows: ['INSERT INTO t (id, a, v) VALUES (1, 10, 11)'],
    up: { [held]: '11' },
  },
  'partitions come, are cut otherwise, and go': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE h (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 4; CREATE TABLE k (id int PRIMARY KEY) PARTITION BY KEY (id) PARTITIONS 2;',
    new: 'CREATE TABLE t (id int PRIMARY KEY, v int) PARTITION BY LINEAR HASH (id) PARTITIONS 3; CREATE TABLE h (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2; CREATE TABLE k (id int PRIMARY KEY);',
  },
  'a column is dropped that only a partitioned table has in its key': {
    old: "CREATE TABLE t (id int, d date NOT NULL DEFAULT '2020-06-01', v int, PRIMARY KEY (id, d)) PARTITION BY RANGE COLUMNS (d) (PARTITION a VALUES LESS THAN ('2020-01-01'), PARTITION b VALUES LESS THAN (MAXVALUE));",
    new: 'CREATE TABLE t (id int, v int, PRIMARY KEY (id));',
  },
  'columns of a key that its table is partitioned by are others, and so are the partitions': {
    old: 'CREATE TABLE t (id int, a int NOT NULL DEFAULT 1, v int, PRIMARY KEY (id, a)) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (10), PARTITION q VALUES LESS THAN MAXVALUE);',
    new: 'CREATE TABLE t (id int, b int NOT NULL DEFAULT 3, v bigint, PRIMARY KEY (id, b), KEY kv (v)) PARTITION BY RANGE (b) (PARTITION p VALUES LESS THAN (5), PARTITION q VALUES LESS THAN MAXVALUE) ;',
    hints: [{ distinct: 'all' }],
  },
  'a table is no more partitioned, and points to another': {
    old: `${parent} CREATE TABLE t (id int PRIMARY KEY, x int, FULLTEXT KEY f (w), w text) PARTITION BY HASH (id) PARTITIONS 3;`,
    new: `${parent} CREATE TABLE t (id int PRIMARY KEY, x int, w text, KEY fx (x), CONSTRAINT fx FOREIGN KEY (x) REFERENCES p (x));`,
  },
  'views over views, with a definer and a check option': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, v int); CREATE VIEW a AS SELECT id, v FROM t WHERE v > 0 WITH CASCADED CHECK OPTION; CREATE VIEW b AS SELECT id FROM a;',
    new: 'CREATE TABLE t (id int PRIMARY KEY, v bigint, n int); CREATE SQL SECURITY INVOKER VIEW a AS SELECT id, v, n FROM t WHERE v > 1 WITH LOCAL CHECK OPTION; CREATE VIEW b AS SELECT id, n FROM a;',
  },
  'two triggers of one moment, in their order': {
    old: "CREATE TABLE t (id int PRIMARY KEY, v varchar(9)); CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW SET NEW.v = CONCAT(NEW.v, '1'); CREATE TRIGGER two BEFORE INSERT ON t FOR EACH ROW SET NEW.v = CONCAT(NEW.v, '2');",
    new: "CREATE TABLE t (id int PRIMARY KEY, v varchar(9)); CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW SET NEW.v = CONCAT(NEW.v, 'x'); CREATE TRIGGER two BEFORE INSERT ON t FOR EACH ROW SET NEW.v = CONCAT(NEW.v, '2'); CREATE TRIGGER three AFTER DELETE ON t FOR EACH ROW SET @gone = OLD.id;",
  },
  'a trigger of a table whose column goes': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, v int, w int); CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW SET NEW.w = NEW.v + 1;',
    new: 'CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW SET NEW.v = NEW.v + 1;',
  },
  'events: a schedule, an end, a state': {
    old: "CREATE TABLE t (id int PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO DELETE FROM t;",
    new: "CREATE TABLE t (id int PRIMARY KEY); CREATE EVENT e ON SCHEDULE EVERY 2 HOUR STARTS '2030-01-01 00:00:00' ENDS '2031-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'x' DO BEGIN DELETE FROM t WHERE id = 1; DELETE FROM t WHERE id = 2; END; CREATE EVENT o ON SCHEDULE AT '2030-05-05 00:00:00' DO DELETE FROM t;",
  },
  'routines: arguments, rights, what they do': {
    old: 'CREATE TABLE t (id int PRIMARY KEY); CREATE FUNCTION f(a int) RETURNS varchar(9) CHARSET latin1 DETERMINISTIC NO SQL RETURN a;',
    new: "CREATE TABLE t (id int PRIMARY KEY); CREATE FUNCTION f(a int, b enum('x','y')) RETURNS varchar(9) CHARSET utf8mb4 READS SQL DATA SQL SECURITY INVOKER RETURN CONCAT(a, b); CREATE PROCEDURE r(INOUT `o p` decimal(5,2)) SET `o p` = `o p` + 1;",
  },
  'AUTO_INCREMENT comes to a key that is there, and goes': {
    old: 'CREATE TABLE t (id int NOT NULL PRIMARY KEY, v int); CREATE TABLE u (id int NOT NULL AUTO_INCREMENT, v int, PRIMARY KEY (id));',
    new: 'CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, v int); CREATE TABLE u (id int NOT NULL, v int, PRIMARY KEY (id));',
  },
  'AUTO_INCREMENT in a key that is not the primary one': {
    old: 'CREATE TABLE t (id int NOT NULL, v int NOT NULL AUTO_INCREMENT, PRIMARY KEY (id), KEY kv (v));',
    new: 'CREATE TABLE t (id int NOT NULL, v bigint NOT NULL AUTO_INCREMENT, PRIMARY KEY (id), UNIQUE KEY kv (v));',
  },
}

const mariadb: Readonly<Record<string, MysqlPair>> = {
  'a functional key is a generated column with an index': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, v varchar(20), low varchar(20) AS (lower(v)) VIRTUAL, KEY k (low));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, v varchar(40), low varchar(40) AS (lower(v)) VIRTUAL, UNIQUE KEY k (low));',
  },
  'a versioned table gets a column, a type and a key': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING;',
    new: "CREATE TABLE t (id int PRIMARY KEY, v bigint, w varchar(9) DEFAULT 'x', KEY k (v)) WITH SYSTEM VERSIONING;",
    rows: ['INSERT INTO t VALUES (1, 1), (2, 2)', 'UPDATE t SET v = v + 10'],
    up: { [held]: '11,12', 'SELECT COUNT(*) FROM t FOR SYSTEM_TIME ALL': '4' },
    down: { [held]: '11,12', 'SELECT COUNT(*) FROM t FOR SYSTEM_TIME ALL': '4' },
  },
  'a column of a versioned table without versions': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING;',
    new: 'CREATE TABLE t (id int PRIMARY KEY, v int WITHOUT SYSTEM VERSIONING, w int) WITH SYSTEM VERSIONING;',
  },
  'a sequence starts elsewhere, and counts down': {
    old: 'CREATE SEQUENCE s START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 100 CACHE 10; CREATE TABLE t (id int PRIMARY KEY DEFAULT NEXT VALUE FOR s);',
    new: 'CREATE SEQUENCE s START WITH 90 INCREMENT BY -1 MINVALUE 1 MAXVALUE 90 NOCACHE CYCLE; CREATE TABLE t (id int PRIMARY KEY DEFAULT NEXT VALUE FOR s);',
  },
  'an ignored index, and one by hash': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a int, b text, KEY ka (a) IGNORED, UNIQUE KEY ub (b));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a int, b text, KEY ka (a), KEY kb (b(9)) IGNORED);',
  },
  'invisible columns in a key and with a default': {
    old: 'CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL DEFAULT 4 INVISIBLE, KEY k (a));',
    new: 'CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL DEFAULT 5, b int INVISIBLE, KEY k (a, b));',
  },
}

describeMysql('changes by the ALTER TABLE chapters of the manuals', () => {
  for (const [name, pair] of tableOf(Object.entries({ ...pairs, ...mariadb }))) {
    test(name, async () => {
      expect(await runPair(pair)).toEqual([])
    })
  }
})
