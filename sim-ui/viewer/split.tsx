import { command } from './connection.ts';
import { alongside, alongsideWanted, twin } from './contrast.ts';
import { runName } from './runs.tsx';
import { Shares } from './shares.tsx';
import { actions, connection, control, pointOnShow, status } from './store.ts';
import { counted, integer, policyLabel } from './words.ts';

/** The choice of who lives the run a second time, beside it. */
export function TwinChoice() {
  const now = status.value;
  if (!now || connection.value === 'recording') return null;
  const chosen = twin.value?.policy ?? '';
  return (
    <label class="field beside">
      <span>Beside</span>
      <select
        value={chosen}
        disabled={!control.value}
        title="The same people with the same luck under another policy, from the tick on show"
        onChange={({ currentTarget }) => {
          const { value } = currentTarget;
          currentTarget.value = chosen;
          command({ do: 'split', policy: value === '' ? null : value });
        }}
      >
        <option value="">nothing</option>
        {now.policies
          .filter(({ state, name }) => state === 'ready' || name === chosen)
          .map(({ name }) => (
            <option key={name} value={name}>
              {policyLabel(name)}
            </option>
          ))}
      </select>
    </label>
  );
}

/** Whose picture the left one is, while there are two. */
export function RunCaption() {
  const now = status.value;
  if ((!twin.value && !alongside.value) || !now) return null;
  const policy = now.past?.policy ?? now.policy;
  return (
    <p class="side-caption">
      <b title={policy}>{policyLabel(policy)}</b>
      <span>
        {[didInWords(now.played ? pointOnShow.value?.counts : undefined), now.past ? 'looking back' : runInWords(now)]
          .filter(Boolean)
          .join(' · ')}
      </span>
    </p>
  );
}

function runInWords({ clock, asking, problem }: NonNullable<typeof status.value>): string {
  const tick = asking.find(({ why }) => why === 'tick');
  if (tick) return `asking: ${integer(tick.done)} of ${integer(tick.of)}`;
  if (clock === 'ended') return 'ended';
  return problem ? 'paused: see Status' : clock;
}

/** Whose picture the right one is, how it is with it, and what its people do on average. */
export function TwinCaption() {
  const now = twin.value;
  if (!now) return null;
  return (
    <p class="side-caption">
      <b title={now.policy}>{policyLabel(now.policy)}</b>
      <span class={now.state === 'failed' ? 'failed' : ''} title={now.problem}>
        {twinInWords(now)}
      </span>
      {now.meanP && <Shares shares={now.meanP} />}
    </p>
  );
}

/** Which other run the right one is, and when. */
export function AlongsideCaption() {
  const other = alongside.value;
  const now = status.value;
  if (!other || !now) return null;
  const { run, tick, seed, agents, policy } = other;
  const over = tick < (now.played ? now.tick : now.tick - 1);
  return (
    <p class="side-caption">
      <b title={policy}>
        {runName(run)}: {policyLabel(policy)}
      </b>
      <span>
        {over ? `ended at tick ${integer(tick)}` : `tick ${integer(tick)}`}, seed {seed}, {counted(agents, 'agent')}
      </span>
      <button
        type="button"
        onClick={() => {
          alongsideWanted.value = null;
        }}
      >
        Close
      </button>
    </p>
  );
}

/** Actions that a caption has room for, beside the default. */
const NAMED = 3;

/** How many did something else than the default; of many things the ones that most did. */
function didInWords(counts: readonly number[] = []): string {
  const did = counts.map((count, i) => ({ count, words: `${integer(count)} ${actions.value[i]?.did}` })).slice(1);
  const most = did.length > NAMED ? did.sort((a, b) => b.count - a.count).slice(0, NAMED) : did;
  return `${most.length < counts.length - 1 ? 'most: ' : ''}${most.map(({ words }) => words).join(', ')}`;
}

function twinInWords({ state, asking, problem, since, failed = 0, counts }: NonNullable<typeof twin.value>): string {
  if (state === 'failed') return `failed: ${problem}`;
  if (asking) return `asking: ${integer(asking.done)} of ${integer(asking.of)}`;
  const begun = since === 0 ? 'same luck from the start' : `same luck, own way since tick ${since}`;
  const did = didInWords(counts);
  const unanswered = failed > 0 ? `, ${integer(failed)} without an answer` : '';
  return `${did ? `${did}${unanswered} · ` : ''}${state === 'ended' ? 'ended · ' : ''}${begun}`;
}
