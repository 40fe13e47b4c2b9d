import { useSignal } from '@preact/signals';
import { colourAt } from '../../env/palette.ts';
import type { Point, RunInfo } from '../protocol/runs.ts';
import { command } from './connection.ts';
import { alongsideWanted } from './contrast.ts';
import { beside, connection, control, dark, hello, looking, pointsOf, runOnShow, runs, status } from './store.ts';
import { counted, integer, policyLabel, shortened } from './words.ts';

/** What a run is called. */
export const runName = (run: number): string => `Run ${run + 1}`;

/** Ticks played of a run. */
export const ticksOf = ({ run, ticks }: RunInfo): number =>
  run === status.value?.run ? Math.max(status.value.ticks, ticks) : ticks;

/** What became another in the run on show and when, in words: at its beginning, beside the run before it, and as it went on. */
export const changesOnShow = (): { readonly tick: number; readonly words: string; readonly fork?: true }[] => {
  const { kept } = runs.value;
  const shown = kept.find(({ run }) => run === runOnShow.value);
  if (!shown) return [];
  const begun = beginningInWords(
    shown,
    kept.findLast(({ run }) => run < shown.run),
  );
  return [
    ...(begun ? [begun] : []),
    ...shown.changes.map(({ tick, parameters }) => ({ tick, words: valuesInWords(parameters) })),
  ];
};

/** What became of canaries in the run on show and when, in words, and in few. */
export const canariesOnShow = (): { readonly tick: number; readonly words: string; readonly name: string }[] =>
  (runs.value.kept.find(({ run }) => run === runOnShow.value)?.canaries ?? []).map(
    ({ tick, policy, who, agents, reason }) =>
      policy === null
        ? { tick, name: `${who} back`, words: `the canary (${who}) goes back${reason ? `: ${reason}` : ''}` }
        : {
            tick,
            name: `${policyLabel(policy).replace('student:', '')} ${who}`,
            words: `${policyLabel(policy)} decides for ${who} (${counted(agents, 'agent')})`,
          },
  );

/** How a run began that is not the first: as a fork, or anew with whatever is not as it was in the run before. */
function beginningInWords({ run, from, seed, agents, parameters }: RunInfo, before: RunInfo | undefined) {
  if (from) return { tick: from.tick, words: `forked from ${runName(from.run).toLowerCase()}`, fork: true as const };
  if (!before) return undefined;
  const last = Object.assign({}, before.parameters, ...before.changes.map((change) => change.parameters));
  const other = Object.fromEntries(Object.entries(parameters).filter(([name, value]) => last[name] !== value));
  const words = [
    ...(agents === before.agents ? [] : [counted(agents, 'agent')]),
    ...(Object.keys(other).length > 0 ? [valuesInWords(other)] : []),
    ...(seed === before.seed ? [] : [`seed ${seed}`]),
  ];
  return {
    tick: 0,
    words: words.length > 0 ? `restart: ${words.join(', ')}` : `restart as ${runName(run - 1).toLowerCase()}`,
  };
}

const valuesInWords = (parameters: Readonly<Record<string, number>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name} = ${Number(value.toPrecision(6))}`)
    .join(', ');

/** Who decides in a run, in the order of ticks. */
const deciders = ({ policies }: RunInfo): string =>
  policies
    .map(({ tick, policy }) => `${tick === 0 ? '' : `from tick ${integer(tick)} `}${policyLabel(policy)}`)
    .join(', ');

/** A run that lies over the one on show, with how its lines are drawn. */
export interface Overlay {
  readonly run: number;
  readonly points: readonly Point[];
  readonly colour: string;
  readonly dash: readonly number[];
}

const dashes = [
  [6, 3],
  [2, 3],
  [10, 3, 2, 3],
  [4, 2],
] as const;

/** Runs beside the one on show, whose lines are told apart by colour and dash. */
export const overlays = (): Overlay[] =>
  beside.value
    .filter((run) => run !== runOnShow.value)
    .map((run) => {
      const { light, dark: onDark } = colourAt(run + 1);
      return { run, points: pointsOf(run), colour: dark.value ? onDark : light, dash: dashes[run % dashes.length]! };
    });

/** Whose lines are on the charts, if there are several runs. */
export function Beside() {
  const others = overlays();
  if (others.length === 0) return null;
  const infos = new Map(runs.value.kept.map((info) => [info.run, info]));
  const words = (run: number) => {
    const info = infos.get(run);
    if (!info) return runName(run);
    const others = new Set([...infos.values()].map(({ agents }) => agents)).size > 1;
    return `${runName(run)}: ${shortened(deciders(info), 60)}, seed ${info.seed}${others ? `, ${counted(info.agents, 'agent')}` : ''}`;
  };
  return (
    <ul class="beside" aria-label="Runs on the charts">
      <li>
        <svg width="26" height="8" aria-hidden="true">
          <path d="M0 4H26" stroke="currentColor" stroke-width="2" />
        </svg>
        {words(runOnShow.value)}
      </li>
      {others.map(({ run, colour, dash }) => (
        <li key={run}>
          <svg width="26" height="8" aria-hidden="true">
            <path d="M0 4H26" stroke={colour} stroke-width="2" stroke-dasharray={dash.join(' ')} />
          </svg>
          {words(run)}{' '}
          {connection.value === 'connected' && (
            <button
              type="button"
              aria-pressed={alongsideWanted.value === run}
              title="The town of this run, beside the one on show and at the same tick"
              onClick={() => {
                alongsideWanted.value = alongsideWanted.value === run ? null : run;
              }}
            >
              Its town
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Every run that is kept: which is on show, which lie beside it on the charts; and another one that forks from it. */
export function Runs() {
  const { kept, dropped } = runs.value;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without a pointer only what has the focus can be scrolled */}
      <section class="runs-box" tabIndex={0} aria-label="List of runs">
        <table class="runs">
          <thead>
            <tr>
              <th scope="col">Show</th>
              <th scope="col">Charts</th>
              <th scope="col">Decided by</th>
              <th scope="col">Seed</th>
              <th scope="col">Ticks</th>
              <th scope="col">World</th>
            </tr>
          </thead>
          <tbody>
            {[...kept].reverse().map((info) => (
              <Run key={info.run} {...info} />
            ))}
          </tbody>
        </table>
      </section>
      {dropped > 0 && (
        <p class="note">
          {dropped === 1 ? 'The oldest run was' : `The ${integer(dropped)} oldest runs were`} let go: the server keeps
          the latest.
        </p>
      )}
    </>
  );
}

function Run(info: RunInfo) {
  const { run, seed, agents, parameters, changes, from } = info;
  const present = run === status.value?.run;
  const ticks = ticksOf(info);
  const show = () => {
    if (present) looking.value = null;
    else looking.value = { run, tick: Math.max(0, Math.min(status.value?.tick ?? 0, ticks - 1)) };
  };
  return (
    <tr>
      <td>
        <label>
          <input
            type="radio"
            name="run-on-show"
            checked={runOnShow.value === run}
            disabled={!present && ticks === 0}
            onChange={show}
          />
          {runName(run)}
          {present && <span class="note"> now</span>}
        </label>
      </td>
      <td>
        <input
          type="checkbox"
          aria-label={`${runName(run)} on the charts`}
          checked={beside.value.includes(run) || runOnShow.value === run}
          disabled={runOnShow.value === run}
          onChange={({ currentTarget }) => {
            const others = beside.value.filter((other) => other !== run);
            beside.value = currentTarget.checked ? [...others, run] : others;
          }}
        />
      </td>
      <td title={deciders(info)}>
        {shortened(deciders(info), 90)}
        {from && (
          <span class="note">
            {' '}
            forked from {runName(from.run).toLowerCase()} at tick {integer(from.tick)}
          </span>
        )}
      </td>
      <td>{seed}</td>
      <td>{integer(ticks)}</td>
      <td>
        {counted(agents, 'agent')}
        {Object.entries(parameters).map(([name, value]) => `, ${name} ${Number(value.toPrecision(6))}`)}
        {changes.map((change) => `; from tick ${change.tick} ${valuesInWords(change.parameters)}`)}
      </td>
    </tr>
  );
}

/** Another run goes on from the tick on show. */
export function Fork() {
  const now = status.value;
  const chosen = useSignal<string | undefined>(undefined);
  const working = useSignal(false);
  const ready = now?.policies.filter(({ state }) => state === 'ready') ?? [];
  const policy = ready.find(({ name }) => name === chosen.value)?.name ?? now?.policy ?? '';
  const disabled = !control.value || !now?.played || working.value;
  const fork = (event: Event) => {
    event.preventDefault();
    working.value = true;
    command({ do: 'fork', run: runOnShow.value, tick: now!.tick, policy }, (obeyed) => {
      working.value = false;
      if (obeyed) looking.value = null;
    });
  };
  return (
    <form class="fork" onSubmit={fork}>
      <button
        type="submit"
        disabled={disabled}
        title="Another run goes on from the tick on show, which is decided anew, on the same random numbers"
      >
        {working.value ? 'Forking…' : 'Fork here'}
      </button>
      <label>
        under{' '}
        <select
          aria-label="Policy of the fork"
          value={policy}
          disabled={disabled}
          onChange={({ currentTarget }) => {
            chosen.value = currentTarget.value;
          }}
        >
          {ready.map(({ name }) => (
            <option key={name} value={name}>
              {shortened(name)}
            </option>
          ))}
        </select>
      </label>
      {!hello.value?.control && <span class="note">a fork needs control</span>}
    </form>
  );
}
