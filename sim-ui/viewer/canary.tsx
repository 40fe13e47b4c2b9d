import { useSignal } from '@preact/signals';
import type { CanaryStatus } from '../protocol/policies.ts';
import { choice, command } from './connection.ts';
import { twin } from './contrast.ts';
import { connection, control, hello, status } from './store.ts';
import { counted, decimal, integer, policyLabel } from './words.ts';

/** What is wanted of a canary before it begins, and of the next one. */
interface Wanted {
  readonly policy?: string;
  /** A trait, or absent for a share. */
  readonly trait?: string | undefined;
  readonly percent: number;
  /** As it is written; empty for none. */
  readonly bound: string;
}

/** The share of the canary that there is; none calls it back. */
const shares = choice<number>(
  ({ canary }) => canary?.percent ?? 0,
  (percent) => {
    const canary = status.peek()?.canary;
    if (percent === 0 || !canary) return { do: 'callBack' };
    const { policy, bound } = canary;
    return { do: 'canary', policy, only: { percent }, ...(bound !== undefined && { bound }) };
  },
);

/** Another policy for a part of the agents: who, how many, how far it lies from the one in charge, and when it goes back. */
export function Canary() {
  const wanted = useSignal<Wanted>({ percent: 10, bound: '' });
  /** The share under the hand, until it is let go. */
  const moving = useSignal<number | undefined>(undefined);
  const now = status.value;
  const running = now?.canary;
  if (!now || connection.value === 'recording') return null;
  const change = (part: Partial<Wanted>) => {
    wanted.value = { ...wanted.value, ...part };
  };
  const { trait, bound } = wanted.value;
  const others = now.policies.filter(({ name, state }) => state === 'ready' && name !== now.policy);
  const policy = running?.policy ?? others.find(({ name }) => name === wanted.value.policy)?.name ?? others[0]?.name;
  const percent = moving.value ?? (running ? shares.shown.value : undefined) ?? wanted.value.percent;
  const limit = bound === '' ? undefined : Number(bound);
  const begin = (event: Event) => {
    event.preventDefault();
    if (policy === undefined || running) return;
    const only = trait === undefined ? { percent } : { traits: [trait] };
    command({ do: 'canary', policy, only, ...(limit !== undefined && { bound: limit }) });
  };
  const byShare = running ? running.percent !== undefined : trait === undefined;
  const disabled = !control.value;
  const ended = now.clock === 'ended';
  return (
    <details class="canary">
      <summary>
        Canary
        <span class="canary-now">
          {running
            ? `${policyLabel(running.policy)} for ${running.percent === undefined ? running.who : `${running.percent} %`}`
            : 'nobody under another policy'}
        </span>
      </summary>
      <form onSubmit={begin}>
        <label class="field">
          <span>Policy</span>
          <select
            aria-label="Canary's policy"
            value={policy ?? ''}
            disabled={disabled || running !== undefined || others.length === 0}
            onChange={({ currentTarget: { value } }) => change({ policy: value })}
          >
            {others.map(({ name }) => (
              <option key={name} value={name}>
                {policyLabel(name)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>For</span>
          <select
            aria-label="Whom the canary is for"
            value={(running ? running.traits?.[0] : trait) ?? ''}
            disabled={disabled || running !== undefined}
            onChange={({ currentTarget: { value } }) => change({ trait: value === '' ? undefined : value })}
          >
            <option value="">a share of everybody</option>
            {hello.value?.scenario.traits.map((phrase) => (
              <option key={phrase} value={phrase}>
                those with “{phrase}”
              </option>
            ))}
          </select>
        </label>
        {byShare && (
          <label
            class="field"
            title="A smaller share lies within a larger one: moving it up adds agents, moving it down takes them back"
          >
            <span>Share</span>
            <input
              type="range"
              aria-label="Share"
              min="0"
              max="100"
              step="1"
              value={percent}
              disabled={disabled}
              aria-valuetext={`${percent} percent of the agents`}
              onInput={({ currentTarget: { value } }) => {
                if (running) moving.value = Number(value);
                else change({ percent: Number(value) });
              }}
              onChange={({ currentTarget: { value } }) => {
                moving.value = undefined;
                if (running) shares.choose(Number(value));
              }}
            />
            <output>{percent} %</output>
          </label>
        )}
        {!running && (
          <label
            class="field"
            title="Goes back by itself once the mean total variation between the two policies, where the canary's agents are, is above this for certain (95 %); the policy in charge is asked there too"
          >
            <span>Call back above</span>
            <input
              type="number"
              aria-label="Call back above"
              min="0.001"
              max="0.999"
              step="0.001"
              placeholder="never"
              value={bound}
              disabled={disabled}
              onInput={({ currentTarget: { value } }) => change({ bound: value })}
            />
          </label>
        )}
        {running ? (
          <>
            <Found canary={running} />
            <button type="button" disabled={disabled} onClick={() => command({ do: 'callBack' })}>
              Call back
            </button>
          </>
        ) : (
          <button
            type="submit"
            disabled={disabled || ended || policy === undefined || percent === 0 || twin.value !== null}
          >
            Start canary
          </button>
        )}
        <p class="hint">
          {twin.value && !running
            ? 'Not together with a town beside this one: choose nothing beside it first.'
            : 'It begins with the next tick. There is one at a time; simulate \u2011\u2011swap takes several. Choosing a policy for everybody, a restart or a fork ends it, changing parameters does not.'}
        </p>
      </form>
    </details>
  );
}

/** How many agents are under it, and how far it is from the policy in charge. */
function Found({ canary: { agents, since, divergence, bound, problem } }: { canary: CanaryStatus }) {
  return (
    <p class="canary-found">
      {counted(agents, 'agent')} since tick {integer(since)}
      {divergence
        ? ` · ${decimal(divergence.mean)} from the policy in charge (95 %: ${decimal(divergence.lower)} to ${decimal(divergence.upper)})`
        : bound === undefined && since < (status.value?.ticks ?? 0)
          ? ' · its distance from the policy in charge is not known: asking that one costs, and it is asked only if there is a bound'
          : ''}
      {bound !== undefined && ` · called back above ${bound}`}
      {problem && <strong> · {problem}</strong>}
    </p>
  );
}
