import { useSignal } from '@preact/signals';
import type { Lived } from '../protocol/agents.ts';
import { inspect } from './connection.ts';
import { played, readAgain, story, storyTable } from './life.ts';
import { actions, connection, deadLink, hello, looking, runOnShow, selected, status } from './store.ts';
import { counted, decimal, integer, policyLabel } from './words.ts';

/** Rows that are shown at once. */
const PAGE = 100;

/** What one agent saw and did, tick by tick, the last tick first. */
export function HistoryPane() {
  const agent = selected.value;
  const shown = story.value?.agent === agent && story.value.run === runOnShow.value ? story.value : undefined;
  if (agent === null)
    return (
      <section class="history panel" aria-label="History">
        <p class="empty">
          Click an agent in the town, or type its number under Inspector, to read what it saw and did.
        </p>
      </section>
    );
  return (
    <section class="history panel" aria-label="History">
      <header class="history-head">
        <h2>Agent {agent}</h2>
        <Copy />
        <button type="button" onClick={() => inspect(null)}>
          Clear
        </button>
      </header>
      {shown && shown.traits.length > 0 && <p class="history-traits">{shown.traits.join(' · ')}</p>}
      {shown?.problem && (
        <p class="history-problem" role="alert">
          {shown.problem}{' '}
          <button type="button" onClick={readAgain}>
            Try again
          </button>
        </p>
      )}
      <Rows key={`${runOnShow.value} ${agent}`} ticks={shown?.ticks ?? []} />
    </section>
  );
}

function Rows({ ticks }: { ticks: readonly Lived[] }) {
  const page = useSignal(0);
  const two = actions.value.length === 2;
  const end = Math.max(0, ticks.length - page.value * PAGE);
  const start = Math.max(0, end - PAGE);
  const rows = ticks.slice(start, end).reverse();
  const deciders = new Set(ticks.map(({ policy }) => policy));
  const missing = played.value - ticks.length;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without a pointer only what has the focus can be scrolled */}
      <section class="agents-scroll" tabIndex={0} aria-label="Table of ticks">
        <table>
          <caption class="sr-only">
            What the agent saw and did in each tick, the last first. Arrow keys move between ticks, Enter shows one.
          </caption>
          <thead>
            <tr>
              <th scope="col">Tick</th>
              <th scope="col">Did</th>
              <th scope="col">{two ? `P(${actions.value[1]!.name})` : 'Its P'}</th>
              <th scope="col">Saw, and its state</th>
              {deciders.size > 1 && <th scope="col">Under</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <Row key={row.tick} row={row} first={i === 0} under={deciders.size > 1} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && (
          <p class="empty">{played.value === 0 ? 'No tick was played yet.' : 'Reading the ticks that were played…'}</p>
        )}
      </section>
      <footer class="agents-foot">
        <button type="button" disabled={page.value === 0} onClick={() => page.value--}>
          Later
        </button>
        <button type="button" disabled={start === 0} onClick={() => page.value++}>
          Earlier
        </button>
        <span>
          {counted(ticks.length, 'tick')}
          {missing > 1 && connection.value === 'connected' ? `, reading ${integer(missing)} more…` : ''}
        </span>
      </footer>
    </>
  );
}

function Row({ row, first, under }: { row: Lived; first: boolean; under: boolean }) {
  const { tick, action, p, context, state, policy } = row;
  const did = actions.value[action];
  const chosen = status.value?.tick === tick && (status.value.played || status.value.past !== null);
  const perDay = hello.value?.scenario.ticksPerDay ?? 1;
  return (
    <tr class={chosen ? 'chosen' : ''} aria-selected={chosen}>
      <th scope="row">
        <button
          type="button"
          // One stop for the Tab key: arrows go on from there.
          tabIndex={first ? 0 : -1}
          title={`Show tick ${tick}, ${hello.value?.scenario.day.toLowerCase()} ${Math.floor(tick / perDay) + 1}`}
          aria-label={`Tick ${tick}`}
          onClick={() => {
            deadLink.value = undefined;
            looking.value = { run: runOnShow.value, tick };
          }}
          onKeyDown={move}
        >
          {tick}
        </button>
      </th>
      <td>
        <i class="key" style={{ background: p ? did?.colour : 'var(--silent)' }} /> {did?.did}
        {!p && <span class="note"> by default: no answer</span>}
      </td>
      <td>{p ? decimal(p[p.length === 2 ? 1 : action]!) : '–'}</td>
      <td>
        {context.join(', ') || '–'}
        <span class="lived-state">
          {Object.entries(state)
            .map(([name, level]) => `${name} ${level}`)
            .join(', ')}
        </span>
      </td>
      {under && <td>{policyLabel(policy)}</td>}
    </tr>
  );
}

function move(event: KeyboardEvent): void {
  const button = event.currentTarget as HTMLButtonElement;
  const all = [...button.closest('tbody')!.querySelectorAll('button')];
  const at = all.indexOf(button);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  all[Math.min(Math.max(0, to), all.length - 1)]!.focus();
  event.preventDefault();
  event.stopPropagation();
}

/** The life as comma-separated values, on the clipboard, or as text to be copied by hand. */
function Copy() {
  const said = useSignal('');
  const text = useSignal<string | undefined>(undefined);
  const ready = (story.value?.ticks.length ?? 0) > 0;
  const copy = async () => {
    const csv = storyTable(story.peek()!);
    try {
      await navigator.clipboard.writeText(csv);
      said.value = `Copied ${counted(story.peek()!.ticks.length, 'row')}.`;
      text.value = undefined;
    } catch {
      said.value = 'This browser copies nothing by itself; here it is:';
      text.value = csv;
    }
  };
  return (
    <>
      <span class="note" role="status">
        {said.value}
      </span>
      <button type="button" disabled={!ready} onClick={copy}>
        Copy CSV
      </button>
      {text.value !== undefined && <textarea class="copy" aria-label="CSV" readOnly value={text.value} rows={3} />}
    </>
  );
}
