import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { phraseSets } from '../../env/phrase-sets.ts';
import type { Inspection } from '../protocol/agents.ts';
import type { Verdict } from '../protocol/verdicts.ts';
import { inspect } from './connection.ts';
import { Counterfactual } from './counterfactual.tsx';
import { Neighbours } from './neighbours.tsx';
import { actions, connection, hello, inspection, selected, status } from './store.ts';
import { answerOf, compute, type Network, notHere } from './students.ts';
import { Reading, Verdicts } from './verdicts.tsx';
import { capital, decimal, policyLabel } from './words.ts';

/** One agent: who it is, what it sees, what each policy makes of it, and why. */
export function InspectorPanel() {
  const agents = hello.value?.agents ?? 1;
  const typed = useSignal<string | undefined>(undefined);
  const shown = inspection.value?.agent === selected.value ? inspection.value : null;
  const choose = (text: string) => {
    typed.value = undefined;
    const agent = Number(text);
    if (text !== '' && Number.isInteger(agent) && agent >= 0 && agent < agents) inspect(agent);
    else if (text === '') inspect(null);
    else typed.value = text;
  };
  return (
    <section class="inspector panel" aria-label="Inspector">
      <header class="inspector-head">
        <h2>Inspector</h2>
        <label class="field">
          <span>Agent</span>
          <input
            type="number"
            min="0"
            max={agents - 1}
            step="1"
            placeholder={`0–${agents - 1}`}
            value={typed.value ?? selected.value ?? ''}
            onInput={({ currentTarget }) => choose(currentTarget.value)}
          />
        </label>
        <button type="button" onClick={() => inspect(Math.floor(Math.random() * agents))}>
          Any
        </button>
        <button type="button" disabled={selected.value === null} onClick={() => inspect(null)}>
          Clear
        </button>
      </header>
      {typed.value !== undefined && (
        <p class="hint" role="alert">
          There are agents 0 to {agents - 1}.
        </p>
      )}
      {shown ? (
        <Agent {...shown} />
      ) : (
        <p class="empty">
          {selected.value === null
            ? 'Click an agent in the town, or type its number, to see what it sees and what teacher and students make of it.'
            : `Looking at agent ${selected.value}…`}
        </p>
      )}
    </section>
  );
}

function Agent({ agent, traits, context, state, action, decidedBy, prompt, teacher, explanation, others }: Inspection) {
  const leftOut = useSignal<readonly string[]>([]);
  const shown = [...traits, ...context];
  const without = leftOut.value.filter((phrase) => shown.includes(phrase));
  const masks = [maskOf(shown), maskOf(shown.filter((phrase) => !without.includes(phrase)))] as const;
  const networks = new Map(status.value?.policies.map(({ name, network }) => [name, network]));
  const width = vocabulary().length;
  useEffect(() => {
    for (const network of networks.values()) for (const mask of masks) if (network) compute(network, mask, width);
  }, [...masks, [...networks.values()].map((network) => network?.sha256).join()]);
  return (
    <div class="agent">
      <p class="sr-only" role="status">
        Agent {agent}: {traits.join(', ')}
      </p>
      <dl class="facts">
        <dt>Traits</dt>
        <dd>
          <Phrases phrases={traits} leftOut={leftOut} />
        </dd>
        <dt>Context</dt>
        <dd>
          <Phrases phrases={context} leftOut={leftOut} none="nothing out of the ordinary" />
        </dd>
        <dt>State</dt>
        <dd class="state">
          {Object.entries(state).map(([name, level]) => (
            <span key={name}>
              {name} <b>{level}</b>
            </span>
          ))}
        </dd>
        <dt>Action</dt>
        <dd>{actionInWords(action, decidedBy, [teacher, ...others])}</dd>
        <Neighbours agent={agent} />
      </dl>
      <Verdicts
        verdicts={[teacher, ...others].map((verdict) => ({
          ...verdict,
          ...computedHere(networks.get(verdict.name), masks, without.length > 0),
        }))}
      />
      {connection.value !== 'recording' && <Counterfactual key={agent} traits={traits} context={context} />}
      <Reading heard={teacher.heard} what={`The reply of ${policyLabel(teacher.name)}`} />
      <p class="note" role="status">
        {connection.value !== 'recording' && noteOf(without)}
      </p>
      {connection.value !== 'recording' && (
        <>
          <h3>Why, in the words of {policyLabel(teacher.name)}</h3>
          <Explanation {...explanation} name={teacher.name} />
        </>
      )}
      {prompt !== '' && (
        <>
          <h3>Prompt</h3>
          <p class="prompt">{prompt}</p>
        </>
      )}
    </div>
  );
}

/** What it did, and whether it did so because nobody answered. */
function actionInWords(
  action: string | undefined,
  decidedBy: string | undefined,
  verdicts: readonly Verdict[],
): string {
  if (action === undefined) return 'Not played yet';
  const did = capital(didOf(action));
  const policy = policyLabel(decidedBy ?? '');
  const unanswered = verdicts.some(({ name, state }) => name === decidedBy && state === 'failed');
  return unanswered ? `${did} by default: ${policy} gave no answer` : `${did} under ${policy}`;
}

const didOf = (action: string): string => actions.value.find(({ name }) => name === action)?.did ?? action;

const vocabulary = (): readonly string[] => {
  const { traits = [], contexts = [] } = hello.value?.scenario ?? {};
  return [...traits, ...contexts];
};

/** The number of a set of phrases, in this page. */
const maskOf = (phrases: readonly string[]): number => {
  const known = vocabulary();
  return phraseSets(known.length).of(known.flatMap((phrase, j) => (phrases.includes(phrase) ? j : [])));
};

/** What this page computes of a student: its answer, and the one that it would give without what is left out. */
function computedHere(network: Network | undefined, [mask, less]: readonly [number, number], asked: boolean) {
  const probabilities = answerOf(network, mask);
  const without = asked ? answerOf(network, less) : undefined;
  return {
    ...(probabilities && { state: 'known' as const, probabilities: [...probabilities], here: true }),
    ...(without && { without }),
  };
}

function noteOf(without: readonly string[]): string {
  if (notHere.value) return `The students are computed by the server; this page cannot: ${notHere.value}`;
  if (without.length === 0) return 'Press a trait or a context to leave it out: what would the students do without it?';
  return `Without “${without.join('”, “')}”. Students only, computed in this page; the teacher is not asked.`;
}

/** Phrases that hold, each a button that leaves it out. */
function Phrases({
  phrases,
  leftOut,
  none = 'none',
}: {
  phrases: readonly string[];
  leftOut: Signal<readonly string[]>;
  none?: string;
}) {
  if (phrases.length === 0) return <span class="none">{none}</span>;
  const toggle = (phrase: string) => {
    const out = leftOut.value;
    leftOut.value = out.includes(phrase) ? out.filter((other) => other !== phrase) : [...out, phrase];
  };
  return (
    <ul class="phrases">
      {phrases.map((phrase) => (
        <li key={phrase}>
          <button type="button" aria-pressed={!leftOut.value.includes(phrase)} onClick={() => toggle(phrase)}>
            {phrase}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Explanation({
  state,
  text,
  probabilities,
  reason,
  heard,
  name,
}: Inspection['explanation'] & { name: string }) {
  if (state === 'known')
    return (
      <blockquote class="explanation">
        <p>{text ? `“${text}”` : 'It gave a number and no reason.'}</p>
        {probabilities && <footer>It wrote {wrote(probabilities)} beside it.</footer>}
        <Reading heard={heard} what="The whole reply" />
      </blockquote>
    );
  const unasked = hello.value?.control
    ? 'Not asked yet.'
    : 'Not asked: only who controls the run may ask a language model.';
  const words =
    state === 'asking' ? `Asking ${policyLabel(name)}…` : state === 'failed' ? (reason ?? 'No answer.') : unasked;
  return (
    <blockquote class="explanation pending">
      {heard?.reply === undefined && words}
      <Reading heard={heard} what="The whole reply" />
    </blockquote>
  );
}

/** Of two actions the second's number, of more each that is not 0. */
function wrote(probabilities: readonly number[]): string {
  if (probabilities.length === 2) return decimal(probabilities[1]!, 2);
  return actions.value
    .flatMap(({ name }, a) => (probabilities[a]! >= 0.005 ? [`${name} ${decimal(probabilities[a]!, 2)}`] : []))
    .join(', ');
}
