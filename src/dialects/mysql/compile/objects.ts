/** Views, triggers, routines, events and sequences. */
import type { Routine, Sequence, Trigger, View } from '../../../schema/model.ts'
import type { Draft, Handlers, Unsupported } from '../../dialect.ts'
import { quote, quoteRef } from '../spell/quote.ts'
import type { Server } from '../spell/server.ts'
import { alone } from './alter.ts'
import { eventProbe, routineProbe, tableProbe, triggerProbe } from './probes.ts'
import { no, serverIn } from './writer.ts'

export function createView(view: View, replace = false): Draft {
  const { check_option: option, security, algorithm, definer } = view.with ?? {}
  const words = [
    ...(algorithm === undefined ? [] : [`ALGORITHM = ${algorithm.toUpperCase()}`]),
    ...(definer === undefined ? [] : [`DEFINER = ${definer}`]),
    ...(security === undefined ? [] : [`SQL SECURITY ${security.toUpperCase()}`]),
  ]
  const columns =
    view.columns === undefined || /\bas\s+`/iu.test(view.definition)
      ? ''
      : ` (${view.columns.map((c) => quote(c.name)).join(', ')})`
  return alone(
    `CREATE ${replace ? 'OR REPLACE ' : ''}${words.map((w) => `${w} `).join('')}VIEW ${quoteRef(view)}${columns} AS\n${view.definition.trim()}${option === undefined ? '' : `\nWITH ${option.toUpperCase()} CHECK OPTION`}`,
    replace ? undefined : tableProbe(view, true),
  )
}

const plain = (sql: string): string => sql.trim().replace(/;$/u, '')

export function createTrigger(trigger: Trigger): Draft {
  return alone(plain(trigger.definition), triggerProbe(trigger.name, true))
}

export function dropTrigger(name: string): Draft {
  return alone(`DROP TRIGGER ${quote(name)}`, triggerProbe(name, false))
}

const kindOf = (routine: Pick<Routine, 'routineKind'>): string =>
  routine.routineKind === 'procedure' ? 'PROCEDURE' : 'FUNCTION'

function createRoutine(routine: Routine): Draft {
  return alone(plain(routine.definition), routineProbe(routine.name, kindOf(routine), true))
}

function dropRoutine(routine: Pick<Routine, 'name' | 'schema' | 'routineKind'>): Draft {
  return alone(`DROP ${kindOf(routine)} ${quoteRef(routine)}`, routineProbe(routine.name, kindOf(routine), false))
}

/** The options of CREATE and ALTER SEQUENCE; those of `before` that are no longer given are reset. */
function sequenceWords(sequence: Sequence, before?: Sequence): string {
  const words: string[] = []
  const say = (word: string, key: 'increment' | 'min' | 'max' | 'start' | 'cache', usual: string): void => {
    const value = sequence[key]
    if (value === before?.[key]) return
    words.push(`${word} ${value ?? usual}`)
  }
  say('INCREMENT BY', 'increment', '1')
  say('MINVALUE', 'min', '1')
  say('MAXVALUE', 'max', '9223372036854775806')
  say('START WITH', 'start', '1')
  say('CACHE', 'cache', '1000')
  if ((sequence.cycle ?? false) !== (before?.cycle ?? false)) words.push(sequence.cycle === true ? 'CYCLE' : 'NOCYCLE')
  return words.map((w) => ` ${w}`).join('')
}

const noSequences = 'MySQL has no sequences'
const sequences =
  (write: () => readonly Draft[]) =>
  (server: Server): readonly Draft[] | Unsupported =>
    server.flavor === 'mysql' ? no(noSequences) : write()

const noMatviews = 'MySQL and MariaDB have no materialized views'

export const objectHandlers = {
  createView: (op) => (op.view.materialized === true ? no(noMatviews) : [createView(op.view)]),
  dropView: (op) => [alone(`DROP VIEW ${quoteRef(op.view)}`, tableProbe(op.view, false))],
  replaceView: (op) => [createView(op.view, true)],
  alterView: (op) => [createView(op.view, true)],
  createMaterializedView: () => no(noMatviews),
  dropMaterializedView: () => no(noMatviews),
  refreshMaterializedView: () => no(noMatviews),
  createFunction: (op) =>
    op.routine.routineKind === 'aggregate' ? no('aggregates are not described here') : [createRoutine(op.routine)],
  dropFunction: (op) => [dropRoutine(op.routine)],
  // MySQL has no CREATE OR REPLACE for routines: both steps are journaled one by one.
  replaceFunction: (op) => [dropRoutine(op.before ?? op.routine), createRoutine(op.routine)],
  createTrigger: (op) =>
    op.trigger.enabled === undefined ? [createTrigger(op.trigger)] : no('triggers cannot be switched off'),
  dropTrigger: (op) => [dropTrigger(op.name)],
  alterTrigger: () => no('triggers cannot be switched off'),
  createSequence: (op, context) =>
    sequences(() => [
      alone(`CREATE SEQUENCE ${quoteRef(op.sequence)}${sequenceWords(op.sequence)}`, tableProbe(op.sequence, true)),
    ])(serverIn(context)),
  dropSequence: (op, context) =>
    sequences(() => [alone(`DROP SEQUENCE ${quoteRef(op.sequence)}`, tableProbe(op.sequence, false))])(
      serverIn(context),
    ),
  renameSequence: (op, context) =>
    sequences(() => [
      alone(
        `RENAME TABLE ${quoteRef(op.sequence)} TO ${quoteRef({ ...op.sequence, name: op.to })}`,
        tableProbe(op.sequence, false),
      ),
    ])(serverIn(context)),
  alterSequence: (op, context) =>
    sequences(() => {
      const words = sequenceWords(op.sequence, op.before)
      return words === '' ? [] : [alone(`ALTER SEQUENCE ${quoteRef(op.sequence)}${words}`)]
    })(serverIn(context)),
  createDefinition: (op) =>
    op.definition.create.map((sql) =>
      alone(plain(sql), op.definition.objectKind === 'event' ? eventProbe(op.definition.identity, true) : undefined),
    ),
  dropDefinition: (op) => [
    alone(
      plain(op.definition.drop),
      op.definition.objectKind === 'event' ? eventProbe(op.definition.identity, false) : undefined,
    ),
  ],
} satisfies Partial<Handlers>
