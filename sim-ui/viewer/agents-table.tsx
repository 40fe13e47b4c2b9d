import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Found } from '../protocol/search.ts';
import { inspect } from './connection.ts';
import { offset, order, pick, search, searching } from './search.ts';
import { actions, found, hello, selected } from './store.ts';
import { decimal, integer } from './words.ts';

/** Rows of a page. */
const PAGE = 100;

/** The agents in words: everybody, or who is found. It needs no picture and no pointer. */
export function AgentsTable() {
  const now = found.value;
  const { sort, descending } = order.value;
  const shown = sort.by === 'p' ? sort.action : actions.value.length - 1;
  const places = hello.value?.scenario.places ?? [];
  const onMap = places.length > 1;
  const body = useRef<HTMLTableSectionElement>(null);
  useFocusThatStays(body);
  const by = (column: 'number' | 'p') => {
    const same = sort.by === column;
    offset.value = 0;
    order.value = {
      sort: column === 'p' ? { by: 'p', action: shown } : { by: 'number' },
      // Who is likeliest is what one looks for first.
      descending: same ? !descending : column === 'p',
    };
  };
  const ordered = (column: 'number' | 'p') =>
    sort.by === column ? (descending ? ('descending' as const) : ('ascending' as const)) : undefined;
  const total = now?.count ?? 0;
  return (
    <div class="agents-table panel">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without a pointer only what has the focus can be scrolled */}
      <section class="agents-scroll" tabIndex={0} aria-label="Table of agents">
        <table>
          <caption class="sr-only">
            {searching.value ? 'Agents that are found' : 'All agents'} in the tick on show. Arrow keys move between
            them, Enter selects one, Escape clears the search.
          </caption>
          <thead>
            <tr>
              <th scope="col" aria-sort={ordered('number')}>
                <Order label="Agent" column="number" by={by} now={ordered('number')} />
              </th>
              <th scope="col" aria-sort={ordered('p')}>
                <Order label={`P(${actions.value[shown]?.name ?? ''})`} column="p" by={by} now={ordered('p')} />
              </th>
              <th scope="col">Did</th>
              {onMap && <th scope="col">Place</th>}
              <th scope="col">Traits</th>
              <th scope="col">Sees</th>
            </tr>
          </thead>
          <tbody ref={body}>
            {now?.rows.map((row, i) => (
              <Row
                key={row.agent}
                row={row}
                first={i === 0}
                shown={shown}
                place={onMap ? places[row.place]?.label : undefined}
              />
            ))}
          </tbody>
        </table>
        {now && total === 0 && <p class="empty">{now.problem ?? 'Nobody matches in the tick on show.'}</p>}
        {!now && <p class="empty">Looking…</p>}
      </section>
      <footer class="agents-foot">
        <button type="button" disabled={offset.value === 0} onClick={() => turn(-PAGE)}>
          Previous
        </button>
        <span>
          {total > 0 && now
            ? `${integer(now.offset + 1)}–${integer(now.offset + now.rows.length)} of ${integer(total)}`
            : '0'}
        </span>
        <button type="button" disabled={offset.value + PAGE >= total} onClick={() => turn(PAGE)}>
          Next
        </button>
        {actions.value.length > 2 && (
          <label class="field">
            <span>P of</span>
            <select
              value={String(shown)}
              onChange={({ currentTarget }) => {
                order.value = { sort: { by: 'p', action: Number(currentTarget.value) }, descending: true };
              }}
            >
              {actions.value.map(({ name }, i) => (
                <option key={name} value={String(i)}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </footer>
    </div>
  );
}

const turn = (by: number) => {
  offset.value = Math.max(0, offset.peek() + by);
};

function Order({
  label,
  column,
  by,
  now,
}: {
  label: string;
  column: 'number' | 'p';
  by: (column: 'number' | 'p') => void;
  now: 'ascending' | 'descending' | undefined;
}) {
  return (
    <button type="button" class="order" title={`Sort by ${label}`} onClick={() => by(column)}>
      {label}
      <span aria-hidden="true">{now === undefined ? '' : now === 'ascending' ? ' ↑' : ' ↓'}</span>
    </button>
  );
}

function Row({
  row: { agent, traits, contexts, action, p },
  first,
  shown,
  place,
}: {
  row: Found['rows'][number];
  first: boolean;
  shown: number;
  place: string | undefined;
}) {
  const { traits: known = [], contexts: seen = [] } = hello.value?.scenario ?? {};
  const chosen = selected.value === agent;
  const did = action === undefined ? undefined : actions.value[action];
  return (
    <tr class={chosen ? 'chosen' : ''} aria-selected={chosen}>
      <th scope="row">
        <button
          type="button"
          data-agent={agent}
          // One stop for the Tab key: arrows go on from there.
          tabIndex={first ? 0 : -1}
          aria-pressed={chosen}
          aria-label={`Agent ${agent}`}
          onClick={() => pick(agent, inspect)}
          onKeyDown={move}
        >
          {agent}
        </button>
      </th>
      <td>{p ? decimal(p[shown] ?? 0) : '–'}</td>
      <td>
        {did && <i class="key" style={{ background: did.colour }} />} {did?.did ?? '–'}
      </td>
      {place !== undefined && <td>{place}</td>}
      <td>{traits.map((trait) => known[trait]).join(', ') || '–'}</td>
      <td>{contexts.map((context) => seen[context]).join(', ') || '–'}</td>
    </tr>
  );
}

const buttons = (within: Element): HTMLButtonElement[] => [...within.querySelectorAll('button')];

function move(event: KeyboardEvent): void {
  const button = event.currentTarget as HTMLButtonElement;
  const all = buttons(button.closest('tbody')!);
  const at = all.indexOf(button);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (event.key === 'Escape') search('');
  else if (to !== undefined) all[Math.min(Math.max(0, to), all.length - 1)]!.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Rows come and go with every tick: who has the focus keeps it, or whoever stands there now gets it. */
function useFocusThatStays(body: { readonly current: HTMLTableSectionElement | null }): void {
  const last = useRef<{ readonly agent: string; readonly at: number } | undefined>(undefined);
  useLayoutEffect(() => {
    const rows = body.current!;
    const enter = ({ target }: FocusEvent) => {
      const button = target as HTMLButtonElement;
      last.current = { agent: button.dataset.agent ?? '', at: buttons(rows).indexOf(button) };
    };
    const leave = ({ relatedTarget, target }: FocusEvent) => {
      // A row that is taken away loses the focus to nobody.
      if (relatedTarget || (target as Element).isConnected) last.current = relatedTarget ? undefined : last.current;
    };
    const away = (event: PointerEvent) => {
      if (!rows.contains(event.target as Node)) last.current = undefined;
    };
    rows.addEventListener('focusin', enter);
    rows.addEventListener('focusout', leave);
    addEventListener('pointerdown', away);
    return () => {
      rows.removeEventListener('focusin', enter);
      rows.removeEventListener('focusout', leave);
      removeEventListener('pointerdown', away);
    };
  }, []);
  useLayoutEffect(() => {
    const { current } = last;
    const rows = body.current!;
    if (!current || (document.activeElement && document.activeElement !== document.body)) return;
    const all = buttons(rows);
    (all.find(({ dataset }) => dataset.agent === current.agent) ?? all[Math.min(current.at, all.length - 1)])?.focus();
  });
}
