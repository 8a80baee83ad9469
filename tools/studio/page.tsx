/** The page of `ambix studio` and `ambix report`: the history on the left, a revision or the schema beside it. It asks nobody. */
import { render } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ReportData, ReportObject, ReportRevision } from '../../src/commands/report-data.ts'
import { layoutHistory } from './history.ts'
import { layoutTables, tableHeight, tableWidth } from './diagram.ts'

const data = JSON.parse(document.getElementById('data')!.textContent!) as ReportData
const byId = new Map(data.revisions.map((r) => [r.id, r]))
const lanes = layoutHistory(data.revisions)
const rowHeight = 28
const laneWidth = 16

/** The schema after a revision: the changes of everything below it, in the order in which they run. */
function schemaAt(id: string | undefined): Map<string, ReportObject> {
  const below = new Set<string>()
  const queue = id === undefined ? [] : [id]
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (below.has(at)) continue
    below.add(at)
    const r = byId.get(at)
    if (r !== undefined) queue.push(...r.down, ...r.dependsOn)
  }
  const objects = new Map<string, ReportObject>()
  for (const r of data.revisions) {
    if (!below.has(r.id)) continue
    for (const [key, object] of Object.entries(r.changes)) {
      if (object === null) objects.delete(key)
      else objects.set(key, object)
    }
  }
  return objects
}

type Mark = 'added' | 'changed' | 'dropped'

function marksBetween(
  from: ReadonlyMap<string, ReportObject>,
  to: ReadonlyMap<string, ReportObject>,
): Map<string, Mark> {
  const marks = new Map<string, Mark>()
  for (const [key, object] of to) {
    const before = from.get(key)
    if (before === undefined) marks.set(key, 'added')
    else if (JSON.stringify(before) !== JSON.stringify(object)) marks.set(key, 'changed')
  }
  for (const key of from.keys()) if (!to.has(key)) marks.set(key, 'dropped')
  return marks
}

function History({
  chosen,
  choose,
  wanted,
}: {
  chosen: string | undefined
  choose: (id: string) => void
  wanted: string
}) {
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(600)
  useEffect(() => {
    const measure = () => setHeight(box.current?.clientHeight ?? 600)
    measure()
    addEventListener('resize', measure)
    return () => removeEventListener('resize', measure)
  }, [])
  const rows = useMemo(() => {
    const word = wanted.toLowerCase()
    return lanes.rows.filter(
      ({ revision: r }) => word === '' || `${r.id} ${r.message} ${r.labels.join(' ')}`.toLowerCase().includes(word),
    )
  }, [wanted])
  const whole = rows.length === lanes.rows.length
  const first = Math.max(0, Math.floor(top / rowHeight) - 10)
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + 10)
  const graph = whole ? laneWidth * (lanes.width + 1) : laneWidth
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const at = rows.findIndex((row) => row.revision.id === chosen)
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))]
    if (next === undefined) return
    choose(next.revision.id)
    const y = rows.indexOf(next) * rowHeight
    if (box.current !== null && (y < box.current.scrollTop || y > box.current.scrollTop + height - rowHeight))
      box.current.scrollTop = y - height / 2
  }
  return (
    <div
      class="history"
      ref={box}
      onScroll={(e) => setTop(e.currentTarget.scrollTop)}
      onKeyDown={move}
      tabIndex={0}
      role="listbox"
      aria-label="Revisions"
      aria-activedescendant={chosen === undefined ? undefined : `row-${chosen}`}
    >
      <div style={{ height: `${rows.length * rowHeight}px`, position: 'relative' }}>
        {whole && (
          <svg class="lanes" width={graph} height={rows.length * rowHeight} aria-hidden="true">
            {lanes.edges
              .filter((e) => e.to >= first && e.from <= last)
              .map((e) => {
                const [x1, y1, x2, y2] = [
                  (e.fromLane + 0.75) * laneWidth,
                  (e.from + 0.5) * rowHeight,
                  (e.toLane + 0.75) * laneWidth,
                  (e.to + 0.5) * rowHeight,
                ]
                const bend = Math.min(rowHeight, y2 - y1)
                return (
                  <path
                    class={`lane c${Math.max(e.fromLane, e.toLane) % 6}${e.dependency ? ' dependency' : ''}`}
                    d={
                      x1 === x2
                        ? `M${x1} ${y1}V${y2}`
                        : `M${x1} ${y1}V${y2 - bend}C${x1} ${y2 - bend / 2} ${x2} ${y2 - bend / 2} ${x2} ${y2}`
                    }
                  />
                )
              })}
            {rows.slice(first, last).map((row, n) => (
              <circle
                class={`dot c${row.lane % 6}${row.revision.applied ? ' applied' : ''}`}
                cx={(row.lane + 0.75) * laneWidth}
                cy={(first + n + 0.5) * rowHeight}
                r={row.revision.down.length > 1 ? 6 : 5}
              />
            ))}
          </svg>
        )}
        {rows.slice(first, last).map((row, n) => {
          const r = row.revision
          return (
            <div
              id={`row-${r.id}`}
              role="option"
              aria-selected={r.id === chosen}
              class={`row${r.id === chosen ? ' chosen' : ''}`}
              style={{ top: `${(first + n) * rowHeight}px`, paddingLeft: `${graph}px` }}
              onClick={() => choose(r.id)}
            >
              <code>{r.id.slice(0, 12)}</code>
              <span class="message">{r.message || '(no message)'}</span>
              {r.labels.map((label) => (
                <span class="tag label">{label}</span>
              ))}
              {r.current && <span class="tag current">current</span>}
              {r.head && <span class="tag head">head</span>}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function Code({ title, lines, empty }: { title: string; lines: readonly string[]; empty: string }) {
  return (
    <section>
      <h3>{title}</h3>
      {lines.length === 0 ? (
        <p class="quiet">{empty}</p>
      ) : (
        <pre tabIndex={0}>
          {lines.map((l) => `${l}${/[;)]$/.test(l) || l.startsWith('op.') ? '' : ';'}`).join('\n')}
        </pre>
      )}
    </section>
  )
}

function RevisionView({ revision: r, choose }: { revision: ReportRevision; choose: (id: string) => void }) {
  const link = (id: string) => (
    <button class="link" onClick={() => choose(id)}>
      {id}
    </button>
  )
  return (
    <article>
      <h2>
        {r.message || r.id} {r.current && <span class="tag current">current</span>}{' '}
        {r.head && <span class="tag head">head</span>}
      </h2>
      <dl>
        <dt>Revision</dt>
        <dd>
          <code>{r.id}</code>
        </dd>
        <dt>Revises</dt>
        <dd>{r.down.length === 0 ? 'base' : r.down.map(link)}</dd>
        {r.dependsOn.length > 0 && <dt>Depends on</dt>}
        {r.dependsOn.length > 0 && <dd>{r.dependsOn.map(link)}</dd>}
        {r.date !== undefined && <dt>Created</dt>}
        {r.date !== undefined && <dd>{r.date}</dd>}
        <dt>Applied</dt>
        <dd>
          {data.database === undefined
            ? 'unknown: no database was asked'
            : r.applied
              ? (r.appliedAt ?? 'yes')
              : 'not yet'}
        </dd>
        <dt>File</dt>
        <dd>
          <code>{r.file}</code>
        </dd>
      </dl>
      {r.doc !== '' && r.doc !== r.message && <p class="doc">{r.doc}</p>}
      {r.problem !== undefined && <p class="problem">{r.problem}</p>}
      {r.hazards.length > 0 && (
        <section>
          <h3>Hazards</h3>
          <ul class="hazards">
            {r.hazards.map((h) => (
              <li>
                <strong>{h.split(' ', 1)[0]}</strong> {h.slice(h.indexOf(' ') + 1)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Code title="Operations" lines={r.operations} empty="Nothing to do." />
      <Code title="SQL, upgrade" lines={r.up} empty="No statements." />
      <Code title="SQL, downgrade" lines={r.back} empty="No statements." />
    </article>
  )
}

function Diagram({
  objects,
  marks,
  wanted,
  open,
}: {
  objects: ReadonlyMap<string, ReportObject>
  marks: ReadonlyMap<string, Mark>
  wanted: string
  open: (key: string) => void
}) {
  const tables = useMemo(() => {
    const word = wanted.toLowerCase()
    const all = [...objects].filter(([, o]) => o.kind === 'table')
    const hit = (o: ReportObject) =>
      word === '' ||
      o.name.toLowerCase().includes(word) ||
      (o.columns ?? []).some((c) => c.name.toLowerCase().includes(word))
    return new Map(all.filter(([, o]) => hit(o)))
  }, [objects, wanted])
  const placed = useMemo(() => layoutTables(tables), [tables])
  const enums = [...objects].filter(
    ([, o]) =>
      o.kind === 'enum' &&
      (wanted === '' ||
        o.name.toLowerCase().includes(wanted.toLowerCase()) ||
        [...tables.values()].some((t) => (t.columns ?? []).some((c) => c.enum === `enum:${o.name}`))),
  )
  const [zoom, setZoom] = useState(1)
  return (
    <div class="diagram">
      <div class="zoom">
        <button aria-label="Zoom out" onClick={() => setZoom(Math.max(0.2, zoom / 1.25))}>
          −
        </button>
        <button aria-label="Zoom in" onClick={() => setZoom(Math.min(3, zoom * 1.25))}>
          +
        </button>
        <span>
          {tables.size} tables, {enums.length} enums
        </span>
      </div>
      {enums.length > 0 && (
        <ul class="enums" aria-label="Enums">
          {enums.map(([key, e]) => (
            <li class={marks.get(key) ?? ''}>
              <strong>{e.name}</strong> {(e.labels ?? []).join(' · ')}
              <small>
                {[...objects.values()]
                  .flatMap((t) => (t.columns ?? []).filter((c) => c.enum === key).map((c) => `${t.name}.${c.name}`))
                  .join(', ') || 'not used'}
              </small>
            </li>
          ))}
        </ul>
      )}
      <div class="canvas" tabIndex={0} role="region" aria-label="Tables">
        <svg
          width={placed.width * zoom}
          height={placed.height * zoom}
          viewBox={`0 0 ${placed.width} ${placed.height}`}
          role="img"
          aria-label={`Entity diagram of ${tables.size} tables`}
        >
          {placed.edges.map((e) => (
            <path class="reference" d={`M${e.points.map((p) => `${p.x} ${p.y}`).join('L')}`} />
          ))}
          {[...placed.boxes].map(([key, box]) => {
            const table = tables.get(key)!
            return (
              <g
                transform={`translate(${box.x} ${box.y})`}
                class={`table ${marks.get(key) ?? ''}`}
                onClick={() => open(key)}
              >
                <rect width={tableWidth(table)} height={tableHeight(table)} rx="4" />
                <text class="title" x="8" y="17">
                  {table.name}
                </text>
                {(table.columns ?? []).slice(0, 24).map((c, n) => (
                  <text x="8" y={38 + n * 16} class={c.primary ? 'primary' : ''}>
                    {c.name}{' '}
                    <tspan class="type">
                      {c.type}
                      {c.nullable ? ' ?' : ''}
                    </tspan>
                  </text>
                ))}
                {(table.columns ?? []).length > 24 && (
                  <text x="8" y={38 + 24 * 16} class="type">
                    … {(table.columns ?? []).length - 24} more
                  </text>
                )}
              </g>
            )
          })}
        </svg>
      </div>
    </div>
  )
}

function TableView({ object, back }: { object: ReportObject; back: () => void }) {
  return (
    <article>
      <button class="link" onClick={back}>
        ← all tables
      </button>
      <h2>{object.name}</h2>
      {object.comment !== undefined && <p>{object.comment}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Type</th>
            <th scope="col">Nullable</th>
            <th scope="col">Default</th>
          </tr>
        </thead>
        <tbody>
          {(object.columns ?? []).map((c) => (
            <tr>
              <td>
                {c.primary ? '🔑 ' : ''}
                {c.name}
              </td>
              <td>{c.type}</td>
              <td>{c.nullable ? 'yes' : 'no'}</td>
              <td>
                <code>{c.default ?? ''}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul>
        {(object.foreignKeys ?? []).map((f) => (
          <li>
            {f.name}: ({f.columns.join(', ')}) → {f.to.replace('table:', '')} ({f.toColumns.join(', ')})
          </li>
        ))}
        {(object.parts ?? []).map((p) => (
          <li>{p}</li>
        ))}
      </ul>
    </article>
  )
}

function App() {
  const heads = data.revisions.filter((r) => r.head)
  const [chosen, choose] = useState<string | undefined>((data.revisions.find((r) => r.current) ?? heads.at(-1))?.id)
  const [view, setView] = useState<'revision' | 'schema' | 'drift'>('revision')
  const [against, setAgainst] = useState('')
  const [wanted, setWanted] = useState('')
  const [searched, setSearched] = useState('')
  const [opened, open] = useState<string>()
  const objects = useMemo(() => schemaAt(chosen), [chosen])
  const marks = useMemo(
    () => (against === '' ? new Map<string, Mark>() : marksBetween(schemaAt(against), objects)),
    [against, objects],
  )
  const revision = chosen === undefined ? undefined : byId.get(chosen)
  const table = opened === undefined ? undefined : objects.get(opened)
  return (
    <>
      <header>
        <h1>{data.project || 'ambix'}</h1>
        <span class="quiet">
          {data.database ?? data.databaseProblem ?? 'no database'} · {data.revisions.length} revisions ·{' '}
          {data.madeAt.slice(0, 16).replace('T', ' ')} UTC
        </span>
        <nav aria-label="Views">
          {(['revision', 'schema', 'drift'] as const).map((name) => (
            <button aria-pressed={view === name} onClick={() => setView(name)}>
              {name === 'revision'
                ? 'Revision'
                : name === 'schema'
                  ? 'Schema'
                  : `Drift${data.drift === undefined ? '' : ` (${data.drift.length})`}`}
            </button>
          ))}
        </nav>
      </header>
      <main>
        <aside>
          <label class="search">
            <span>Find a revision</span>
            <input type="search" value={wanted} onInput={(e) => setWanted(e.currentTarget.value)} />
          </label>
          <History chosen={chosen} choose={choose} wanted={wanted} />
        </aside>
        <div class="detail">
          {view === 'revision' &&
            (revision === undefined ? (
              <p>There are no revisions.</p>
            ) : (
              <RevisionView revision={revision} choose={choose} />
            ))}
          {view === 'schema' && (
            <>
              <div class="tools">
                <label>
                  <span>Find a table or column</span>
                  <input
                    type="search"
                    value={searched}
                    onInput={(e) => (setSearched(e.currentTarget.value), open(undefined))}
                  />
                </label>
                <label>
                  <span>Compare with</span>
                  <select value={against} onChange={(e) => setAgainst(e.currentTarget.value)}>
                    <option value="">nothing</option>
                    {data.revisions.toReversed().map((r) => (
                      <option value={r.id}>{`${r.id} ${r.message}`}</option>
                    ))}
                  </select>
                </label>
              </div>
              {marks.size > 0 && (
                <p class="legend">
                  {[...marks].map(([key, mark]) => (
                    <span class={`tag ${mark}`}>{`${mark}: ${key.replace(':', ' ')}`}</span>
                  ))}
                </p>
              )}
              {table === undefined ? (
                <Diagram objects={objects} marks={marks} wanted={searched} open={open} />
              ) : (
                <TableView object={table} back={() => open(undefined)} />
              )}
            </>
          )}
          {view === 'drift' &&
            (data.drift === undefined ? (
              <p>The database was not compared with the schema.</p>
            ) : data.drift.length === 0 ? (
              <p>The database has what the schema says.</p>
            ) : (
              <Code title="What the database would need" lines={data.drift} empty="" />
            ))}
        </div>
      </main>
    </>
  )
}

render(<App />, document.getElementById('app')!)
