import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { MAX_SPEED } from '../protocol/commands.ts';
import { Canary } from './canary.tsx';
import { choice, command } from './connection.ts';
import { Shares } from './shares.tsx';
import { TwinChoice } from './split.tsx';
import { control, hasToken, hello, playing, pointOnShow, status } from './store.ts';
import { integer, policyLabel, policyPlace, scoreExplained, scoreInWords } from './words.ts';

const speeds = choice(
  ({ speed }) => speed,
  (ticksPerSecond) => ({ do: 'speed', ticksPerSecond }),
);
const policies = choice(
  ({ policy }) => policy,
  (policy) => ({ do: 'swap', policy }),
);
const comparing = choice(
  ({ compare }) => compare,
  (on) => ({ do: 'compare', on }),
);

const icons = {
  play: 'M4 2.500 13 8 4 13.500Z',
  pause: 'M4 3h3v10H4ZM9 3h3v10H9Z',
  step: 'M3 2.500 10 8 3 13.500ZM11 3h2v10h-2Z',
};

function Icon({ name }: { name: keyof typeof icons }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={icons[name]} />
    </svg>
  );
}

/** Play, pause, step, speed and a new start. */
export function Controls() {
  const now = status.value;
  const seed = useSignal<string | undefined>(undefined);
  const agents = useSignal<string | undefined>(undefined);
  const people = hello.value?.agents ?? 1;
  useEffect(() => {
    agents.value = undefined;
  }, [hello.value]);
  const disabled = !control.value || !now;
  // At the horizon there is nothing to play: what there is then stands above the town.
  const ended = now?.clock === 'ended';
  const speed = speeds.shown.value ?? 2;
  const slower = now && playing.value && now.rate > 0 && now.rate < 0.9 * speed;
  const restart = (event: Event) => {
    event.preventDefault();
    const another = Number(agents.value ?? people);
    command({
      ...{ do: 'restart', seed: Number(seed.value ?? now?.seed ?? 0) },
      ...(another !== people && { agents: another }),
    });
  };
  return (
    <div class="controls">
      <fieldset class="transport" aria-label="Clock">
        <button
          type="button"
          class="main"
          disabled={disabled || ended}
          aria-pressed={playing.value}
          title={ended ? 'The run has ended' : 'Play (space)'}
          onClick={() => command({ do: 'play' })}
        >
          <Icon name="play" />
          Play
        </button>
        <button
          type="button"
          disabled={disabled || ended}
          aria-pressed={!disabled && !playing.value}
          title="Pause (space)"
          onClick={() => command({ do: 'pause' })}
        >
          <Icon name="pause" />
          Pause
        </button>
        <button
          type="button"
          disabled={disabled || ended}
          title={ended ? 'The run has ended' : 'Step (right arrow or .)'}
          onClick={() => command({ do: 'step' })}
        >
          <Icon name="step" />
          Step
        </button>
      </fieldset>
      <label class="field speed">
        <span aria-hidden="true">Speed</span>
        <input
          type="range"
          aria-label="Speed"
          min="1"
          max={MAX_SPEED}
          step="1"
          value={speed}
          disabled={disabled}
          aria-valuetext={`${speed} ticks per second`}
          onInput={({ currentTarget }) => speeds.choose(Number(currentTarget.value))}
        />
        <output class="speed-value" title="Ticks per second: wanted, and reached if that is less">
          {speed}/s{slower ? ` (${now.rate.toFixed(1)})` : ''}
        </output>
      </label>
      <form class="field seed" onSubmit={restart}>
        <label>
          <span>Seed</span>
          <input
            type="number"
            min="0"
            max="4294967295"
            step="1"
            required
            value={seed.value ?? now?.seed ?? 0}
            disabled={disabled}
            onInput={({ currentTarget }) => {
              seed.value = currentTarget.value;
            }}
          />
        </label>
        <label>
          <span>Agents</span>
          <input
            type="number"
            aria-label="Number of agents"
            min="1"
            step="1"
            required
            value={agents.value ?? people}
            disabled={disabled}
            onInput={({ currentTarget }) => {
              agents.value = currentTarget.value;
            }}
          />
        </label>
        <button type="submit" disabled={disabled} title="Begin again at day 1 with this seed and as many agents">
          Restart
        </button>
      </form>
    </div>
  );
}

/** Who decides: one radio a policy. */
export function PolicyChoice() {
  const now = status.value;
  return (
    <section class="policies panel">
      <h2 id="policy-label">Policy</h2>
      <div class="policy-list" role="radiogroup" aria-labelledby="policy-label">
        {now?.policies.map(({ name, role, state, problem, caveat, score }, i) => (
          <label key={name} class={`policy role-${role}`} title={problem ?? caveat}>
            <input
              type="radio"
              name="policy"
              value={name}
              aria-label={name}
              aria-describedby={`policy-${i}`}
              checked={policies.shown.value === name}
              disabled={!control.value || state !== 'ready'}
              onChange={() => policies.choose(name)}
            />
            <span class="policy-name" title={name}>
              {policyLabel(name)}
              {policyPlace(name) && <small>{policyPlace(name)}</small>}
            </span>
            <span class="policy-note" id={`policy-${i}`}>
              {state === 'opening' ? 'opening…' : state === 'failed' ? 'not available' : role}
              {score && state === 'ready' && (
                <span class="score" title={scoreExplained(score)}>
                  {' '}
                  {scoreInWords(score)}
                </span>
              )}
            </span>
          </label>
        ))}
      </div>
      {now?.clock === 'ended' && (
        <p class="hint">The run has ended: the policy that is chosen here decides after a restart.</p>
      )}
      <MeanShares />
      <label
        class="switch"
        title="What agents see while a student decides, for the distance between teacher and student"
      >
        <input
          type="checkbox"
          checked={comparing.shown.value ?? true}
          disabled={!control.value}
          onChange={({ currentTarget }) => comparing.choose(currentTarget.checked)}
        />
        Ask the teacher in the background
      </label>
      <TwinChoice />
      <Canary />
      {hello.value && !hello.value.control && (
        <p class="hint">
          You are watching.{' '}
          {hasToken.value
            ? "This page's token is not that of the server here: it serves another workspace. Paste the whole URL that it printed."
            : 'To control the run, open the whole URL that the server printed.'}
        </p>
      )}
    </section>
  );
}

/** Mean P of each action in the tick on show, over the agents that got an answer. */
export function MeanShares() {
  const latest = pointOnShow.value;
  const note = latest && latest.failed > 0 ? `, ${integer(latest.failed)} unanswered` : '';
  return (
    <p class="mean-shares">
      <span>Mean P{note}</span>
      {latest?.meanP ? <Shares shares={latest.meanP} /> : <span class="shares" />}
    </p>
  );
}
