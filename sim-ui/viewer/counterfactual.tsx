import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { MOST_REASKED, type Reasked } from '../protocol/questions.ts';
import type { Verdict } from '../protocol/verdicts.ts';
import { reask, whatIf } from './ask.ts';
import { actions, control, hello, status } from './store.ts';
import { counted, decimal, failureInWords, policyLabel } from './words.ts';

interface Phrases {
  readonly traits: readonly string[];
  readonly context: readonly string[];
}

/** What everybody, the teacher too, would do with other phrases than the agent has, and how steady the teacher is. */
export function Counterfactual({ traits, context }: Phrases) {
  const open = useSignal(false);
  return (
    <details class="counterfactual" onToggle={({ currentTarget }) => (open.value = currentTarget.open)}>
      <summary>What if? Add or remove phrases</summary>
      {open.value && <Workbench traits={traits} context={context} />}
    </details>
  );
}

/** A question of phrases that somebody puts together, beginning with those of the agent. */
function Workbench(given: Phrases) {
  const changed = useSignal<Phrases | undefined>(undefined);
  const verdicts = useSignal<readonly Verdict[] | undefined>(undefined);
  const refused = useSignal('');
  const asking = useSignal(false);
  const { traits, context } = changed.value ?? given;
  const key = JSON.stringify([traits, context]);
  const latest = useRef(key);
  latest.current = key;
  const put = (ask: boolean) => {
    asking.value = ask;
    const asked = key;
    return whatIf({ traits: [...traits], context: [...context], ask }).then(
      (answer) => {
        if (latest.current !== asked) return;
        verdicts.value = answer.verdicts;
        refused.value = '';
        asking.value = false;
      },
      (error: Error) => {
        if (latest.current !== asked) return;
        verdicts.value = undefined;
        refused.value = error.message;
        asking.value = false;
      },
    );
  };
  // A policy that opens meanwhile can answer too.
  const opened = status.value?.policies.map(({ state }) => state).join();
  useEffect(() => {
    void put(false);
  }, [key, opened]);
  const scenario = hello.value?.scenario;
  if (!scenario) return null;
  const unasked = verdicts.value?.filter(({ state }) => state === 'unasked') ?? [];
  const toggle = (kind: keyof Phrases) => (phrase: string) => {
    const held = kind === 'traits' ? traits : context;
    const next = held.includes(phrase) ? held.filter((other) => other !== phrase) : [...held, phrase];
    changed.value = { traits, context, [kind]: next };
  };
  return (
    <div class="workbench">
      <PhraseChoice name="Traits" all={scenario.traits} held={traits} given={given.traits} toggle={toggle('traits')} />
      <PhraseChoice
        name="Contexts"
        all={scenario.contexts}
        held={context}
        given={given.context}
        toggle={toggle('context')}
      />
      <p class="note" role="status">
        {refused.value || differenceInWords(given, { traits, context })}
      </p>
      {verdicts.value && (
        <ul class="what-if" aria-label="What they would do">
          {verdicts.value.map((verdict) => (
            <li key={verdict.name}>
              <span title={verdict.name}>{policyLabel(verdict.name)}</span>
              <b title={verdict.reason}>{verdictInWords(verdict)}</b>
            </li>
          ))}
        </ul>
      )}
      <p class="actions">
        {unasked.length > 0 && (
          <button type="button" disabled={!control.value || asking.value} onClick={() => put(true)}>
            {asking.value ? 'Asking…' : `Ask ${unasked.map(({ name }) => policyLabel(name)).join(', ')}`}
          </button>
        )}
        <button
          type="button"
          disabled={changed.value === undefined}
          onClick={() => {
            changed.value = undefined;
          }}
        >
          As the agent is
        </button>
      </p>
      <Again traits={traits} context={context} key={key} />
    </div>
  );
}

function PhraseChoice({
  name,
  all,
  held,
  given,
  toggle,
}: {
  name: string;
  all: readonly string[];
  held: readonly string[];
  given: readonly string[];
  toggle: (phrase: string) => void;
}) {
  return (
    <fieldset class="phrase-choice">
      <legend>{name}</legend>
      <ul class="phrases">
        {all.map((phrase) => (
          <li key={phrase}>
            <button
              type="button"
              class={held.includes(phrase) === given.includes(phrase) ? '' : 'changed'}
              aria-pressed={held.includes(phrase)}
              onClick={() => toggle(phrase)}
            >
              {phrase}
            </button>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function differenceInWords(given: Phrases, now: Phrases): string {
  const all = ({ traits, context }: Phrases) => [...traits, ...context];
  const added = all(now).filter((phrase) => !all(given).includes(phrase));
  const removed = all(given).filter((phrase) => !all(now).includes(phrase));
  if (added.length + removed.length === 0) return 'As the agent is now. Press a phrase to add or remove it.';
  return [
    ...(added.length > 0 ? [`with “${added.join('”, “')}”`] : []),
    ...(removed.length > 0 ? [`without “${removed.join('”, “')}”`] : []),
  ].join(', ');
}

/** Of two actions P of the second, of more each that is likely at all. */
const inWords = (probabilities: readonly number[]): string =>
  probabilities.length === 2
    ? decimal(probabilities[1]!)
    : actions.value
        .flatMap(({ name }, a) => (probabilities[a]! >= 0.005 ? [`${name} ${decimal(probabilities[a]!, 2)}`] : []))
        .join(', ');

function verdictInWords({ state, probabilities, reason }: Verdict): string {
  if (probabilities) return inWords(probabilities);
  return state === 'unasked' ? 'not asked' : (reason ?? 'no answer');
}

/** The same question to the teacher again and again: what it says each time, how far that spreads, how it was read. */
function Again({ traits, context }: Phrases) {
  const times = useSignal(10);
  const asking = useSignal(false);
  const result = useSignal<Reasked | undefined>(undefined);
  const problem = useSignal('');
  const teacher = status.value?.policies.findLast(({ role }) => role === 'teacher');
  if (!teacher) return null;
  const put = (by: Reasked['by']) => {
    asking.value = true;
    problem.value = '';
    return reask({
      traits: [...traits],
      context: [...context],
      by,
      times: by === 'wording' ? MOST_REASKED : times.value,
    })
      .then(
        (answer) => {
          result.value = answer;
        },
        (error: Error) => {
          problem.value = error.message;
        },
      )
      .finally(() => {
        asking.value = false;
      });
  };
  return (
    <div class="again">
      <p class="actions">
        <label class="field">
          <span>Times</span>
          <input
            type="number"
            min="2"
            max={MOST_REASKED}
            value={times.value}
            onChange={({ currentTarget }) => {
              times.value = Math.min(MOST_REASKED, Math.max(2, Math.round(Number(currentTarget.value)) || 2));
            }}
          />
        </label>
        <button type="button" disabled={asking.value} onClick={() => put('seed')}>
          Ask {policyLabel(teacher.name)} again
        </button>
        <button type="button" disabled={asking.value} onClick={() => put('wording')}>
          In each wording
        </button>
      </p>
      <p class="note" role="status">
        {asking.value
          ? `Asking ${policyLabel(teacher.name)}…`
          : problem.value || (result.value && spreadInWords(result.value))}
      </p>
      {result.value && <Strip result={result} />}
    </div>
  );
}

function spreadInWords({ by, answers, spread }: Reasked): string {
  const how = by === 'seed' ? 'samples at temperature 1' : 'wordings of the prompt';
  const read = new Map<string, number>();
  for (const { heard } of answers) {
    const rung = heard.outcome === 'ok' ? (heard.rung ?? 'no reply to read') : failureInWords(heard.outcome);
    read.set(rung, (read.get(rung) ?? 0) + 1);
  }
  const rungs = [...read].map(([rung, count]) => `${count} ${rung}`).join(', ');
  if (!spread) return `${answers.length} ${how}: ${rungs}`;
  const two = spread.mean.length === 2;
  const numbers = two
    ? `mean ${decimal(spread.mean[1]!)}, sd ${decimal(spread.sd[1]!)}`
    : `mean ${inWords(spread.mean)}`;
  return `${answers.length} ${how}: ${numbers}, two of them differ by ${decimal(spread.distance)} on average. Read as: ${rungs}`;
}

/** Each answer as a mark on the line from 0 to 1; of more than two actions, of what is not the default. */
function Strip({ result }: { result: Signal<Reasked | undefined> }) {
  const answers = result.value?.answers ?? [];
  const ps = answers.flatMap(({ probabilities }) => (probabilities ? [1 - probabilities[0]!] : []));
  return (
    <svg
      class="strip"
      viewBox="0 0 200 20"
      role="img"
      aria-label={`${counted(ps.length, 'answer')}: ${ps.map((p) => decimal(p, 2)).join(', ')}`}
    >
      <path d="M4 14H196M4 10V18M196 10V18M100 11V17" />
      {ps.map((p, i) => (
        <circle
          key={i}
          cx={4 + 192 * p}
          cy={14 - 5 * (ps.slice(0, i).filter((other) => Math.abs(other - p) < 0.01).length % 3)}
          r="2.4"
        />
      ))}
    </svg>
  );
}
